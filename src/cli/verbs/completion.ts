/** `icewright completion`: the script that completes verbs and flags in a shell. Spec: none. @module */
import { completionScript, SHELLS } from "../completion-scripts.ts";
import { type CliContext, type Invocation, UsageError, type Verb } from "../verb.ts";

/** The verb over the table of verbs it is itself a part of. */
export function completionOf(verbs: () => readonly Verb[]): Verb {
  return {
    name: "completion",
    summary: "Print a script that completes verbs and flags in a shell",
    operands: SHELLS.join("|"),
    operandCount: { min: 1, max: 1 },
    operandChoices: SHELLS,
    flags: {},
    examples: [
      { command: "completion bash > ~/.local/share/bash-completion/completions/icewright", says: "for bash" },
      { command: "completion zsh > ~/.zfunc/_icewright", says: "for zsh, with ~/.zfunc in fpath" },
      { command: "completion fish > ~/.config/fish/completions/icewright.fish", says: "for fish" },
    ],
    run: async (invocation: Invocation, { out }: CliContext) => {
      const [name] = invocation.operands;
      const shell = SHELLS.find((known) => known === name);
      if (shell === undefined) throw new UsageError(`completion knows ${SHELLS.join(", ")}, not ${name}`);
      await out.write(completionScript(shell, verbs()));
    },
  };
}
