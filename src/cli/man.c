/*
 * mockvault man, mockvault man vault: the manual pages, made of the same tables
 * as the help texts.
 */
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "cli/commands.h"
#include "cli/ctl/ctl.h"
#include "cli/vault/help.h"
#include "server/options.h"

/* `mockvault man`: the manual page, from the tables of commands and options.
 * Returns the status that the program ends with. */
int
man_main(int argc, char *const *argv)
{
	if (argc == 1 && strcmp(argv[0], "vault") == 0) {
		help_print_manual(stdout);
		return 0;
	}
	printf(".TH MOCKVAULT 1 \"\" \"mockvault %s\" \"User Commands\"\n",
	    MOCKVAULT_OWN_VERSION);
	fputs(".SH NAME\n"
	      "mockvault \\- a Vault that tests can command\n"
	      ".SH SYNOPSIS\n"
	      ".B mockvault server\n"
	      "[\\-dev] [\\-config=<value>] [options]\n"
	      ".br\n"
	      ".B mockvault proxy\n[\\-upstream=<value>] [options]\n"
	      ".br\n"
	      ".B mockvault replay\nFILE [options]\n"
	      ".br\n"
	      ".B mockvault import\n[flags] FILE\n"
	      ".br\n"
	      ".B mockvault ctl | scenario | healthcheck\n[verb] [flags]\n"
	      ".br\n"
	      ".B mockvault vault\n[arguments of vault(1)]\n"
	      ".br\n"
	      ".B mockvault version | outages | routes | man | "
	      "completion\n"
	      ".SH DESCRIPTION\n"
	      "Speaks the HTTP API of HashiCorp Vault 1.19. With \\-dev it is "
	      "ready at once: in\nmemory, unsealed, with a root token that it "
	      "prints. One or two dashes, \\-f=v and\n\\-f v are the same.\n",
	    stdout);
	options_man(stdout);
	ctl_man(stdout);
	fputs(".SH EXIT STATUS\n"
	      "0 after SIGTERM or SIGINT; 1 for a wrong option or a start that "
	      "failed; 127 for an\nunknown command.\n"
	      ".SH SEE ALSO\n.BR vault (1)\n",
	    stdout);
	return 0;
}
