// The image's health check: exit code 0 while the gate answers. PORT is the gate's, if it is not 8790.
const port = process.env.PORT ?? '8790';
const isOk = await fetch(`http://127.0.0.1:${port}/_gate/health`).then(
  ({ ok }) => ok,
  () => false,
);
process.exit(isOk ? 0 : 1);
