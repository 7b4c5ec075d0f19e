/*
 * The vault command.
 */
#ifndef MV_CLI_VAULT_VAULT_H
#define MV_CLI_VAULT_VAULT_H

/* argv is without the program's name; the result is the exit status. */
int vault_main(int argc, char *const *argv);

#endif
