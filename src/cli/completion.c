/*
 * mockvault completion: scripts for three shells. They ask the program what may
 * stand at the cursor ("mockvault __complete", complete.h), so they know
 * nothing themselves.
 */
#include "cli/completion.h"

#include <stdio.h>
#include <string.h>

static const char completion_bash[] =
    "# bash completion for mockvault and vault;\n"
    "# source <(mockvault completion bash)\n"
    "_mockvault()\n"
    "{\n"
    "\tlocal line word\n"
    "\tCOMPREPLY=()\n"
    "\tword=$2\n"
    "\t[ \"$word\" = '=' ] && word=\n"
    "\twhile IFS= read -r line; do\n"
    "\t\tif [ \"$line\" = ':files' ]; then\n"
    "\t\t\tcompopt -o filenames 2>/dev/null\n"
    "\t\t\twhile IFS= read -r line; do\n"
    "\t\t\t\tCOMPREPLY+=(\"$line\")\n"
    "\t\t\tdone < <(compgen -f -- \"$word\")\n"
    "\t\t\tcontinue\n"
    "\t\tfi\n"
    "\t\tline=${line%%$'\\t'*}\n"
    "\t\tcase $line in\n"
    "\t\t\"$word\"*) COMPREPLY+=(\"$line\") ;;\n"
    "\t\tesac\n"
    "\tdone < <(\"$1\" __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" "
    "2>/dev/null)\n"
    "\treturn 0\n"
    "}\n"
    "complete -F _mockvault mockvault vault\n";

static const char completion_zsh[] =
    "#compdef mockvault vault\n"
    "# zsh completion for mockvault and vault;\n"
    "# source <(mockvault completion zsh)\n"
    "_mockvault()\n"
    "{\n"
    "\tlocal line\n"
    "\tlocal -a found\n"
    "\tfor line in \"${(@f)$(\"$words[1]\" __complete "
    "\"${(@)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
    "\t\tif [[ $line = :files ]]; then\n"
    "\t\t\t_files\n"
    "\t\telif [[ -n $line ]]; then\n"
    "\t\t\tfound+=(\"${line%%$'\\t'*}\")\n"
    "\t\tfi\n"
    "\tdone\n"
    "\t(( $#found )) && compadd -- \"${found[@]}\"\n"
    "\treturn 0\n"
    "}\n"
    "(( $+functions[compdef] )) && compdef _mockvault mockvault vault\n";

static const char completion_fish[] =
    "# fish completion for mockvault and vault;\n"
    "# mockvault completion fish | source\n"
    "function __mockvault_complete\n"
    "\tset -l words (commandline -opc)\n"
    "\tset -l current (commandline -ct)\n"
    "\tfor line in ($words[1] __complete $words[2..] \"$current\" "
    "2>/dev/null)\n"
    "\t\tif test \"$line\" = ':files'\n"
    "\t\t\t__fish_complete_path \"$current\"\n"
    "\t\telse\n"
    "\t\t\techo $line\n"
    "\t\tend\n"
    "\tend\n"
    "end\n"
    "complete -c mockvault -f -a '(__mockvault_complete)'\n"
    "complete -c vault -f -a '(__mockvault_complete)'\n";

static const struct {
	const char *shell;
	const char *script;
} completion_scripts[] = {
	{ "bash", completion_bash },
	{ "zsh", completion_zsh },
	{ "fish", completion_fish },
};

int
completion_main(int argc, char *const *argv)
{
	const char *shell = argc == 1 ? argv[0] : "";
	size_t n = sizeof(completion_scripts) / sizeof(completion_scripts[0]);
	const char *help = "Usage: mockvault completion bash|zsh|fish\n\n"
			   "  Prints a script that completes the words of "
			   "mockvault and vault:\n\n"
			   "    source <(mockvault completion bash)\n"
			   "    source <(mockvault completion zsh)\n"
			   "    mockvault completion fish | source\n";

	for (size_t i = 0; i < n; i++)
		if (strcmp(completion_scripts[i].shell, shell) == 0) {
			fputs(completion_scripts[i].script, stdout);
			return 0;
		}
	if (strcmp(shell, "-h") == 0 || strcmp(shell, "-help") == 0 ||
	    strcmp(shell, "--help") == 0 || strcmp(shell, "help") == 0) {
		fputs(help, stdout);
		return 0;
	}
	fputs(help, stderr);
	return 2;
}
