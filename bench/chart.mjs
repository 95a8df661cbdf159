// Draws the share of the unguarded throughput that is left behind each guard, as a self-contained SVG.
import { EMPTY_MIDDLEWARE, OURS, OURS_OFF } from './contestants.mjs';
import { APPS } from './groups/http-server.mjs';
import { compare } from './measure.mjs';

const LABELS = {
  [EMPTY_MIDDLEWARE]: 'empty middleware (Hono)',
  [OURS]: 'zep-auth (Hono)',
  [OURS_OFF]: 'zep-auth, cache off (Hono)',
  'hono/jwt': 'hono/jwt (Hono)',
  'jose middleware': 'jose middleware (Hono)',
  'express-jwt': 'express-jwt (Express)',
  '@fastify/jwt': '@fastify/jwt (Fastify)',
  '@fastify/jwt, cache': '@fastify/jwt, cache (Fastify)',
};

const [WIDTH, LEFT, RIGHT, TOP, STEP, BAR] = [720, 220, 84, 64, 34, 20];
const SCALE = WIDTH - LEFT - RIGHT;

const STYLE = `
  .paper { fill: #ffffff; }
  text { font: 14px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .note { font-size: 12px; fill: #59636e; }
  .bar { fill: #8c959f; }
  .ours { fill: #0969da; }
  .grid { stroke: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; }
    text { fill: #f0f6fc; }
    .note { fill: #9198a1; }
    .bar { fill: #656c76; }
    .ours { fill: #4493f8; }
    .grid { stroke: #3d444d; }
  }`;

// By processor time: where the client is the limit, requests per second flatter a slow server.
export const drawChart = ({ capacity }, { title: runtime, version }) => {
  const bars = Object.entries(LABELS)
    .filter(([name]) => capacity[name])
    .map(([name, label]) => ({
      label,
      isOurs: name === OURS,
      share: compare(capacity[name], capacity[APPS[name]]).median,
    }))
    .sort((a, b) => b.share - a.share);
  const bottom = TOP + bars.length * STEP;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const x = LEFT + share * SCALE;
    return `  <line class="grid" x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${bottom}"/>
  <text class="note" x="${x}" y="${bottom + 18}" text-anchor="middle">${share * 100} %</text>`;
  });
  const rows = bars.map(({ label, isOurs, share }, i) => {
    const y = TOP + i * STEP;
    const width = (Math.min(share, 1.05) * SCALE).toFixed(1);
    const weight = isOurs ? ' font-weight="600"' : '';
    return `  <text x="${LEFT - 12}" y="${y + 15}" text-anchor="end"${weight}>${label}</text>
  <rect class="${isOurs ? 'bar ours' : 'bar'}" x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="3"/>
  <text x="${(LEFT + Number(width) + 8).toFixed(1)}" y="${y + 15}"${weight}>${Math.round(share * 100)} %</text>`;
  });
  const spoken = bars.map(({ label, share }) => `${label}: ${Math.round(share * 100)} %`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 36}" role="img" aria-labelledby="title desc">
  <title id="title">Share of the unguarded HTTP throughput that is left behind each guard</title>
  <desc id="desc">${spoken.join('; ')}.</desc>
  <style>${STYLE}
  </style>
  <rect class="paper" width="100%" height="100%" rx="6"/>
  <text class="title" x="16" y="26">Throughput kept behind each guard</text>
  <text class="note" x="16" y="45">requests for a second of the server’s core; HTTP, 32 connections; without a guard = 100 %; ${runtime} (${version})</text>
${grid.join('\n')}
${rows.join('\n')}
</svg>
`;
};
