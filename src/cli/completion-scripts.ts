/** Shell completion, made from the table of verbs. Spec: none. @module */
import { COMMON_FLAGS } from "./arguments.ts";
import type { Flag, Verb } from "./verb.ts";

export type Shell = "bash" | "zsh" | "fish";
export const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

/** The script of a shell: to be read by it at its start. */
export function completionScript(shell: Shell, verbs: readonly Verb[]): string {
  return SCRIPTS[shell](verbs);
}

const SCRIPTS: Readonly<Record<Shell, (verbs: readonly Verb[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function flagsOf(verb: Verb): readonly (readonly [name: string, flag: Flag])[] {
  return Object.entries({ ...verb.flags, ...COMMON_FLAGS });
}

function takesValue({ kind }: Flag): boolean {
  return kind !== "switch";
}

/** Words a verb's operand may be. */
function operandsOf(verb: Verb): readonly string[] {
  return verb.operandChoices ?? [];
}

function bashScript(verbs: readonly Verb[]): string {
  const valued = Object.entries(COMMON_FLAGS).filter(([, flag]) => takesValue(flag));
  const cases = verbs.map((verb) => {
    const flags = flagsOf(verb).map(([name]) => `--${name}`);
    return `    ${verb.name}) flags="${flags.join(" ")}" operands="${operandsOf(verb).join(" ")}" ;;`;
  });
  const choices = verbs.flatMap((verb) =>
    flagsOf(verb).flatMap(([name, { choices: words }]) =>
      words === undefined ? [] : [`    ${verb.name}:--${name}) choices="${words.join(" ")}" ;;`],
    ),
  );
  const files = new Set(
    verbs.flatMap((verb) => flagsOf(verb).flatMap(([name, flag]) => (takesValue(flag) ? [`--${name}`] : []))),
  );
  return `# bash completion of icewright: source <(icewright completion bash)
_icewright() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" verb="" flags="" operands="" choices="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
    ${valued.map(([name]) => `--${name}`).join("|")}) ((i++)) ;;
    -*) ;;
    *) verb="\${COMP_WORDS[i]}"; break ;;
    esac
  done
  case "$verb" in
    "") flags="${Object.keys(COMMON_FLAGS)
      .map((name) => `--${name}`)
      .join(" ")} --version" operands="${verbs.map(({ name }) => name).join(" ")} help" ;;
    help) operands="${verbs.map(({ name }) => name).join(" ")}" ;;
${cases.join("\n")}
  esac
  case "$verb:$prev" in
${choices.join("\n")}
  esac
  if [[ -n "$choices" ]]; then
    COMPREPLY=($(compgen -W "$choices" -- "$cur"))
  elif [[ "$prev" =~ ^(${[...files].join("|")})$ ]]; then
    COMPREPLY=($(compgen -f -- "$cur"))
  elif [[ "$cur" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n "$operands" ]]; then
    COMPREPLY=($(compgen -W "$operands" -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _icewright icewright
`;
}

function zshScript(verbs: readonly Verb[]): string {
  const list = verbs.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = verbs.map((verb) => {
    const specs = flagsOf(verb).map(([name, flag]) => quoted(zshSpec(name, flag)));
    const words = operandsOf(verb);
    const operands = words.length > 0 ? `1:word:(${words.join(" ")})` : "*:table or file:_files";
    return `    ${verb.name}) _arguments ${[...specs, quoted(operands)].join(" \\\n      ")} ;;`;
  });
  return `#compdef icewright
# zsh completion of icewright: save it as _icewright in a folder of fpath
_icewright() {
  local curcontext="$curcontext" state line
  local -a verbs
  verbs=(
${list.join("\n")}
  )
  _arguments -C '1: :->verb' '*:: :->rest' && return
  case $state in
  verb) _describe -t verbs verb verbs ;;
  rest)
    case $words[1] in
    help) _describe -t verbs verb verbs ;;
${cases.join("\n")}
    esac
    ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _icewright "$@"
else
  compdef _icewright icewright
fi
`;
}

function zshSpec(name: string, flag: Flag): string {
  const help = flag.help.replace(/[[\]:\\]/g, "\\$&");
  const star = flag.kind === "list" ? "*" : "";
  if (!takesValue(flag)) return `${star}--${name}[${help}]`;
  const what = (flag.placeholder ?? "value").replace(/[[\]:\\]/g, "\\$&");
  const values = flag.choices === undefined ? "_files" : `(${flag.choices.join(" ")})`;
  return `${star}--${name}[${help}]:${what}:${values}`;
}

function fishScript(verbs: readonly Verb[]): string {
  const lines = verbs.flatMap((verb) => {
    const condition = quoted(`__fish_seen_subcommand_from ${verb.name}`);
    const words = operandsOf(verb);
    return [
      `complete -c icewright -n __fish_use_subcommand -f -a ${verb.name} -d ${quoted(verb.summary)}`,
      ...(words.length > 0 ? [`complete -c icewright -n ${condition} -f -a ${quoted(words.join(" "))}`] : []),
      ...flagsOf(verb).map(([name, flag]) => {
        const choices = flag.choices === undefined ? "" : ` -x -a ${quoted(flag.choices.join(" "))}`;
        const value = choices === "" && takesValue(flag) ? " -r" : choices;
        return `complete -c icewright -n ${condition} -l ${name}${value} -d ${quoted(flag.help)}`;
      }),
    ];
  });
  return `# fish completion of icewright: icewright completion fish > ~/.config/fish/completions/icewright.fish
complete -c icewright -e
${lines.join("\n")}
`;
}

/** One word of the shells, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
