#!/usr/bin/env node
// What npm links as `zepcli`: it is here before any build, so that a fresh clone gets the link too.
require('./dist/bin.cjs');
