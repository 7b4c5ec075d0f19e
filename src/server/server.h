/*
 * The server command: options to a running instance, signals, exit status.
 */
#ifndef MV_SERVER_SERVER_H
#define MV_SERVER_SERVER_H

/* argv without the program and "server". Returns the exit status: 0 after a
 * signal asked it to stop, 1 when it could not start. */
int server_main(int argc, char *const *argv);
/* The same for "proxy": development mode's listener before -upstream. */
int proxy_main(int argc, char *const *argv);
/* The same for "replay" FILE, the recording. */
int replay_main(int argc, char *const *argv);

#endif
