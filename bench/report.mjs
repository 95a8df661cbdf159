// Writes the results as Markdown: ratios instead of times, and whether each budget is met. Every figure is computed from
// the results.
import { compare } from './measure.mjs';

const KB = 1024;
const NOT_MEASURED = '–';

const format = (value) => (value < 0.01 ? value.toPrecision(1) : value.toFixed(value < 10 ? 2 : 0));

const cell = ({ median, p25, p75, rounds }) =>
  rounds.length > 1 ? `${format(median)} (${format(p25)}–${format(p75)})` : format(median);

const line = (cells) => `| ${cells.join(' | ')} |`;
const toTable = (head, rows) =>
  [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');

/** The figure of a budget in one runtime, if it was measured there. */
const figureOf = ({ group, scenario, of, to }, runtime) => {
  const measured = runtime[group]?.[scenario];
  if (!measured?.[of] || (to && !measured[to])) return undefined;
  if (to) return compare(measured[of], measured[to]);
  const { median } = measured[of];
  return { median: median / KB, rounds: [median] };
};

const judge = (budget, results) => {
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY, judged } = budget;
  const figures = results.runtimes.map(({ id }) => figureOf(budget, results.measured[id]));
  const counts = results.runtimes.map(({ id }) => judged?.includes(id) ?? true);
  const fits = figures.map(
    (figure) => figure && figure.median <= atMost && figure.median >= atLeast,
  );
  const verdicts = fits.filter((_, i) => counts[i] && figures[i]);
  const cells = figures.map((figure, i) => {
    if (!figure) return NOT_MEASURED;
    if (!counts[i]) return `*${cell(figure)}*`;
    return fits[i] ? cell(figure) : `**${cell(figure)}**`;
  });
  const limit = budget.atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  const verdict =
    verdicts.length === 0 ? 'not measured' : verdicts.every(Boolean) ? 'met' : '**not met**';
  return [budget.what, limit, verdict, ...cells];
};

const scenarioTable = (results, group, scenario, { base, bases }) => {
  const present = results.runtimes.filter(({ id }) => results.measured[id][group]?.[scenario]);
  const names = [
    ...new Set(present.flatMap(({ id }) => Object.keys(results.measured[id][group][scenario]))),
  ];
  const rows = names.map((name) => [
    name,
    ...present.map(({ id }) => {
      const measured = results.measured[id][group][scenario];
      if (!measured[name]) return NOT_MEASURED;
      return cell(compare(measured[name], measured[bases?.[name] ?? base]));
    }),
  ]);
  return toTable(['', ...present.map(({ title }) => title)], rows);
};

/** The groups that began on a busy machine. */
const listBusyGroups = ({ runtimes, measured }) => {
  const titles = {};
  for (const { id, title } of runtimes) {
    for (const [name, { isQuiet }] of Object.entries(measured[id])) {
      if (!isQuiet) titles[name] = [...(titles[name] ?? []), title];
    }
  }
  return Object.entries(titles).map(([name, list]) => `${name} (${list.join(', ')})`);
};

const listBusy = (busy) => {
  const shares = Object.values(busy).map(({ median }) => median);
  return `${format(Math.min(...shares))} to ${format(Math.max(...shares))}`;
};

export const writeReport = (results, { budgets, groups }) => {
  const sections = groups.flatMap(({ name, tables }) =>
    Object.entries(tables).map(([scenario, table]) => {
      const by = table.bases ? 'the same framework with no middleware' : table.base;
      return `### ${table.title}\n\nRelative to: ${by}.\n\n${scenarioTable(results, name, scenario, table)}`;
    }),
  );
  const main = results.measured[results.runtimes[0].id];
  const busy = main.http?.busy;
  const { machine, date, packages, missingRuntimes } = results;
  const busyGroups = listBusyGroups(results);
  const titles = results.runtimes.map(({ title }) => title);
  return `# Side by side with the peers

Written by \`npm run bench\`; not by hand. Every figure is a ratio of two contestants that took turns in the same process
run: the median over the rounds, and in parentheses the middle half of them (25th to 75th percentile). Smaller is faster,
except for requests. The raw figures are in \`results.json\`.

![Share of the unguarded throughput that is left behind each guard](chart.svg)

## Budgets

Bold misses its limit; in italics the limit does not apply; ${NOT_MEASURED} was not measured.

${toTable(
  ['', 'limit', 'verdict', ...titles],
  budgets.map((budget) => judge(budget, results)),
)}

A good token in the rows on refusals is one that was not seen before. “Every token a cache miss” is the default verifier,
which also remembers each token and forgets another.

## Everything

${sections.join('\n\n')}

## Conditions

- ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}; ${date}.
- ${results.runtimes.map(({ title, version }) => `${title}: ${version}`).join('; ')}.${
    missingRuntimes.length > 0
      ? `\n- Not installed here, so not measured: ${missingRuntimes.join(', ')}.`
      : ''
  }
- ${Object.entries(packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.
- Each call is awaited before the next where it returns a promise; those that do not are not. “Imported key” spares a
  peer the import of the key at each call, which the form that its documentation shows does not.${
    busyGroups.length > 0
      ? `\n- Something else ran on the machine when these began, so read them with care: ${busyGroups.join(', ')}.`
      : ''
  }${
    busy
      ? `
- HTTP: client and server ${main.http.isPinned ? 'on a core each' : 'not kept to cores'}; the server’s core was busy for ${listBusy(busy)} of the time.
  Where that is well below 1, something else was the limit (the client, say), and throughput flatters the slower app;
  the requests for a second of processor time do not.`
      : ''
  }

## Again

\`\`\`sh
npm run bench                        # everything: about 15 minutes, on a machine that does nothing else
npm run bench -- --quick             # the same paths in a minute or two, too few rounds to go by; written to bench/.generated
npm run bench -- --only verify       # one group: ${groups.map(({ name }) => name).join(', ')}
\`\`\`
`;
};
