// nscap completion: what TAB offers in bash, zsh and fish: commands, options, and the namespaces and interfaces there are.
import { Command, Option } from 'commander';
import { usageError } from '../errors.ts';
import { runningContainers } from '../netns/containers.ts';
import { HERE, ip, namespaceNames } from '../netns/namespace.ts';
import { resolveNamespace } from '../netns/resolve.ts';
import { knownCommands } from './run.ts';

/** The answer to the shell if file names are valid. */
const FILES = ':files';

const SCRIPTS: Record<string, string> = {
  bash: `# nscap completion for bash: eval "$(nscap completion bash)"
_nscap() {
  local words line before
  # Words as bash splits them are broken at colons: container:web, pid:1.
  read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ "\${COMP_LINE:0:COMP_POINT}" == *[[:space:]] ]] && words+=("")
  before=\${words[-1]%"\${words[-1]##*:}"}
  [[ $COMP_WORDBREAKS == *:* ]] || before=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ${FILES} ]]; then compopt -o default; COMPREPLY=(); return; fi
    line=\${line%%$'\\t'*}
    COMPREPLY+=("\${line#"$before"}")
  done < <(nscap completion --complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _nscap nscap
`,
  zsh: `#compdef nscap
# nscap completion for zsh: eval "$(nscap completion zsh)", after compinit
_nscap() {
  local line
  local -a lines described
  lines=("\${(@f)$(nscap completion --complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $lines[1] == ${FILES} ]]; then _files; return; fi
  for line in $lines; do
    [[ -n $line ]] && described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -V nscap described
}
(( $+functions[compdef] )) && compdef _nscap nscap
`,
  fish: `# nscap completion for fish: nscap completion fish | source
function __nscap_complete
    set -l words (commandline -opc)[2..-1]
    set -l lines (nscap completion --complete -- $words (commandline -ct) 2>/dev/null)
    if test "$lines[1]" = "${FILES}"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $lines
    end
end
complete -c nscap -f -a '(__nscap_complete)'
`,
};

export function command(): Command {
  return new Command('completion')
    .description('Print a shell script that completes commands, options, namespaces and interfaces')
    .argument('[shell]', 'bash, zsh or fish')
    .argument('[words...]', 'the command line so far; passed by the shell')
    .usage('bash|zsh|fish')
    .addOption(new Option('--complete', 'what the scripts ask for').hideHelp())
    .addHelpText(
      'after',
      `
Examples:
  eval "$(nscap completion bash)"       in ~/.bashrc
  eval "$(nscap completion zsh)"        in ~/.zshrc, after compinit
  nscap completion fish | source        in ~/.config/fish/config.fish`,
    )
    .action(async (shell: string | undefined, words: string[], options: { complete?: boolean }) => {
      if (options.complete) {
        const lines = await candidates(shell === undefined ? [''] : [shell, ...words]);
        if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
        return;
      }
      const script = Object.hasOwn(SCRIPTS, shell ?? '') ? SCRIPTS[shell!] : undefined;
      if (script === undefined) {
        throw usageError(
          shell === undefined ? 'which shell?' : `there is no completion for '${shell}'`,
          `nscap completion ${Object.keys(SCRIPTS).join('|')}`,
        );
      }
      process.stdout.write(script);
    });
}

/** Completions of the last word: each line is a word, a tab and its meaning. */
async function candidates(words: string[]): Promise<string[]> {
  const current = words.at(-1)!;
  const before = words.slice(0, -1);
  const offered = await offer(before, current);
  return offered.filter((line) => line === FILES || line.startsWith(current));
}

async function offer(before: string[], current: string): Promise<string[]> {
  const commands = knownCommands();
  const [name, ...rest] = before;
  if (name === undefined || name === 'help') {
    return [
      ...Object.entries(commands).map(([one, [summary]]) => `${one}\t${summary}`),
      'help\tdisplay help for command',
    ];
  }
  if (!Object.hasOwn(commands, name)) return [];
  let command = (await commands[name][1]()).command();
  let words = rest;
  // Down to the subcommand that the words name.
  for (;;) {
    const at = words.findIndex((word) => !word.startsWith('-'));
    const sub =
      at < 0
        ? undefined
        : command.commands.find((one) => one.name() === words[at] || one.aliases().includes(words[at]));
    if (sub === undefined) break;
    command = sub;
    words = words.slice(at + 1);
  }
  const pending = optionOf(command, words.at(-1));
  if (pending !== undefined && (pending.required || pending.optional)) return valuesOf(pending, words);
  if (current.startsWith('-') && !words.includes('--')) return optionsOf(command);
  if (command.commands.length > 0)
    return command
      .createHelp()
      .visibleCommands(command)
      .map((one) => `${one.name()}\t${one.summary() || one.description()}`);
  return argumentsOf(command, positional(command, words));
}

function optionsOf(command: Command): string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => `${option.long ?? option.short}\t${option.description.split('\n', 1)[0]}`);
}

function optionOf(command: Command, word: string | undefined): Option | undefined {
  return command.options.find(
    (option) => word !== undefined && (option.long === word || option.short === word),
  );
}

function valuesOf(option: Option, words: string[]): string[] | Promise<string[]> {
  if (option.argChoices !== undefined) return [...option.argChoices];
  const wanted = /<([\w-]+)>|\[([\w-]+)\]/.exec(option.flags);
  const kind = wanted?.[1] ?? wanted?.[2] ?? '';
  if (/^(namespace|from|to|ns)/.test(kind)) return namespaces();
  if (/^interface/.test(kind) || (kind === 'name' && /interface/.test(option.long ?? ''))) {
    return interfacesOf(words.find((word) => !word.startsWith('-')));
  }
  if (/file|path|directory/.test(kind)) return [FILES];
  return [];
}

/** The words that are arguments: neither options nor their values. */
function positional(command: Command, words: string[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (!word.startsWith('-') || word === '-') found.push(word);
    else if (optionOf(command, word)?.required) at += 1;
  }
  return found;
}

function argumentsOf(command: Command, given: string[]): string[] | Promise<string[]> {
  const all = command.registeredArguments;
  const argument = all[given.length] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  if (argument === undefined) return [];
  if (argument.argChoices !== undefined) return [...argument.argChoices];
  const name = argument.name();
  if (/^(namespace|namespaces|target)$/.test(name)) return namespaces();
  // capture NAMESPACE INTERFACE… [filter…]
  if (/^interfaces?$/.test(name) || (name === 'words' && all[0]?.name() === 'namespace'))
    return interfacesOf(given[0]);
  if (/^files?$/.test(name)) return [FILES];
  if (command.name() === 'completion') return Object.keys(SCRIPTS);
  return [];
}

async function namespaces(): Promise<string[]> {
  const [names, { containers }] = await Promise.all([namespaceNames(), runningContainers()]);
  return [
    ...names.map((name) => `${name}\tnamespace`),
    'host\tthe machine’s own namespace',
    ...containers.map(({ name, engine }) => `container:${name}\t${engine} container`),
  ];
}

async function interfacesOf(namespace: string | undefined): Promise<string[]> {
  try {
    const where = namespace === undefined ? HERE : await resolveNamespace(namespace);
    const listed = JSON.parse((await ip(where, ['-json', 'link', 'show'])) || '[]') as {
      ifname?: string;
      operstate?: string;
    }[];
    return listed.flatMap((one) =>
      one.ifname === undefined ? [] : [`${one.ifname}\tinterface, ${one.operstate?.toLowerCase()}`],
    );
  } catch {
    return []; // Completion must not print errors.
  }
}
