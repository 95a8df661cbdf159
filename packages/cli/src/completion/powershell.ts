// The script that completes zepcli in PowerShell. It does not start zepcli.
import type { CommandWords, OptionWords } from './words.ts';

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const toList = (words: readonly string[]): string => `@(${words.map(quote).join(', ')})`;

const flagsOf = ({ name, letter }: OptionWords): readonly string[] => [
  `--${name}`,
  ...(letter === undefined ? [] : [`-${letter}`]),
];

const toCommand = ({ name, words, options }: CommandWords): string => {
  const values = options.flatMap((option) =>
    option.takes === 'nothing'
      ? []
      : flagsOf(option).map((flag) => {
          const { takes } = option;
          return `        ${quote(flag)} = ${Array.isArray(takes) ? toList(takes) : quote(String(takes))}`;
        }),
  );
  return `    ${quote(name)} = @{
      words = ${toList([...words, ...options.flatMap(flagsOf)])}
      values = @{
${values.map((line) => `${line}\n`).join('')}      }
    }`;
};

/** Makes the script. */
export const toPowerShell = ([root, ...commands]: readonly [
  CommandWords,
  ...CommandWords[],
]): string => `\
# Completes zepcli in PowerShell: zepcli completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName 'zepcli' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = @{
${[root, ...commands].map(toCommand).join('\n')}
  }
  $typed = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $name = ''
  if ($typed.Count -gt 1 -and $commands.ContainsKey($typed[1])) { $name = $typed[1] }
  $command = $commands[$name]
  $words = $command.words
  if ($typed.Count -eq 1) { $words = ${toList(commands.map(({ name }) => name))} + $words }
  $value = $command.values[$typed[-1]]
  if ($value -is [array]) { $words = $value }
  elseif ($null -ne $value) { return }
  $words | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
