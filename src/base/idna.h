/*
 * Names of hosts in any script, in the ASCII form that certificates have.
 */
#ifndef MV_BASE_IDNA_H
#define MV_BASE_IDNA_H

#include "base/mem.h"

/*
 * The ASCII form of a name: "xn--bcher-kva.example". No letter becomes another
 * one on the way, upper case stays; labels that come encoded stay as they are.
 * The form is as Go's x/net/idna makes it, with its length checks and no other
 * ones (idna.New(VerifyDNSLength(true))). NULL with Go's text in *why when a
 * label is empty or longer than 63 bytes, or the name longer than 253. Texts
 * are the arena's.
 */
const char *idna_to_ascii(struct arena *a, const char *name, const char **why);

#endif
