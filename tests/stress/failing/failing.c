/*
 * The wrappers of calls.h. A wrapper does not know its call's arguments: it
 * saves what may hold them, asks whether this call fails, and either goes on to
 * the real one with everything as it was or returns the failure. x86-64.
 */
#include "tests/stress/failing/failing.h"

#include <errno.h>
#include <execinfo.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "tests/stress/failing/own_end.h"

#define RECORDS_MAX 2000000L

struct failing *failing;
struct failing_record *failing_records;

const char *const failing_kinds[FAILING_KINDS] = { "memory", "file", "socket",
	"sqlite", "openssl" };

#define CALL(kind, call, value, error)                          \
	extern const struct failing_call failing_row_##call;    \
	const struct failing_call failing_row_##call = { #call, \
		FAILING_##kind, error };
#include "tests/stress/failing/calls.h"
#undef CALL

#define CALL(kind, call, value, error)                    \
	__asm__(".text\n"                                 \
		".globl __wrap_" #call "\n"               \
		".type __wrap_" #call ", @function\n"     \
		"__wrap_" #call ":\n"                     \
		".cfi_startproc\n"                        \
		"push %rbp\n"                             \
		".cfi_def_cfa_offset 16\n"                \
		".cfi_offset %rbp, -16\n"                 \
		"mov %rsp, %rbp\n"                        \
		".cfi_def_cfa_register %rbp\n"            \
		"call failing_save\n"                     \
		"lea failing_row_" #call "(%rip), %rdi\n" \
		"mov 8(%rbp), %rsi\n"                     \
		"call failing_call_now\n"                 \
		"call failing_restore\n"                  \
		"mov %rbp, %rsp\n"                        \
		"pop %rbp\n"                              \
		".cfi_def_cfa %rsp, 8\n"                  \
		"jne 1f\n"                                \
		"jmp __real_" #call "@PLT\n"              \
		"1: mov $" #value ", %rax\n"              \
		"ret\n"                                   \
		".cfi_endproc\n"                          \
		".size __wrap_" #call ", .-__wrap_" #call "\n");
#include "tests/stress/failing/calls.h"
#undef CALL

/* Both leave 192 bytes below %rbp: six registers of integers, %rax, which
 * counts the eight of floating point in a call with "...", and those.
 * failing_restore leaves "not zero" in the flags when the call fails. */
__asm__(".text\n"
	"failing_save:\n"
	"pop %r11\n"
	"sub $192, %rsp\n"
	"mov %rdi, 0(%rsp)\n"
	"mov %rsi, 8(%rsp)\n"
	"mov %rdx, 16(%rsp)\n"
	"mov %rcx, 24(%rsp)\n"
	"mov %r8, 32(%rsp)\n"
	"mov %r9, 40(%rsp)\n"
	"mov %rax, 48(%rsp)\n"
	"movups %xmm0, 64(%rsp)\n"
	"movups %xmm1, 80(%rsp)\n"
	"movups %xmm2, 96(%rsp)\n"
	"movups %xmm3, 112(%rsp)\n"
	"movups %xmm4, 128(%rsp)\n"
	"movups %xmm5, 144(%rsp)\n"
	"movups %xmm6, 160(%rsp)\n"
	"movups %xmm7, 176(%rsp)\n"
	"jmp *%r11\n"
	"failing_restore:\n"
	"pop %r11\n"
	"test %eax, %eax\n"
	"mov 0(%rsp), %rdi\n"
	"mov 8(%rsp), %rsi\n"
	"mov 16(%rsp), %rdx\n"
	"mov 24(%rsp), %rcx\n"
	"mov 32(%rsp), %r8\n"
	"mov 40(%rsp), %r9\n"
	"mov 48(%rsp), %rax\n"
	"movups 64(%rsp), %xmm0\n"
	"movups 80(%rsp), %xmm1\n"
	"movups 96(%rsp), %xmm2\n"
	"movups 112(%rsp), %xmm3\n"
	"movups 128(%rsp), %xmm4\n"
	"movups 144(%rsp), %xmm5\n"
	"movups 160(%rsp), %xmm6\n"
	"movups 176(%rsp), %xmm7\n"
	"jmp *%r11\n");

/* Addresses of the functions that led to the call, folded into one number. */
static uint64_t
failing_site(const struct failing_call *call)
{
	void *frames[FAILING_DEPTH_MAX + 3];
	int n = backtrace(frames, failing->depth + 3);
	uint64_t site = (uint64_t)(uintptr_t)call;

	for (int i = 3; i < n; i++)
		site = (site ^ (uint64_t)(uintptr_t)frames[i]) *
		    UINT64_C(1099511628211);
	return site;
}

static void
failing_explain(const struct failing_call *call)
{
	void *frames[40];
	int n = backtrace(frames, 40);

	fprintf(stderr, "%s fails, called from\n", call->name);
	backtrace_symbols_fd(frames, n, 2);
}

int
failing_call_now(const struct failing_call *call, const char *from)
{
	bool library = call->kind == FAILING_SQLITE ||
	    call->kind == FAILING_OPENSSL;
	int kept = errno;
	bool fails;
	long n;

	if (!failing || !failing->on)
		return 0;
	/* What a library asks of itself is its own matter. */
	if (library &&
	    (uintptr_t)from > (uintptr_t)(void (*)(void))failing_own_end)
		return 0;
	failing->on = false;
	n = ++failing->calls[call->kind];
	fails = call->kind == failing->kind && n == failing->target;
	if (failing->records && failing->nrecords < failing->records_max)
		failing->records[failing->nrecords++] = (struct failing_record){
			call, failing_site(call), n
		};
	if (fails && failing->explain)
		failing_explain(call);
	failing->on = true;
	errno = kept;
	if (!fails)
		return 0;
	failing->hit = call;
	if (call->kind == FAILING_OPENSSL)
		ERR_raise(ERR_LIB_CRYPTO, ERR_R_MALLOC_FAILURE);
	errno = call->error;
	return 1;
}

static void *
failing_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

void
failing_init(void)
{
	void *frame[1];

	failing = failing_shared(sizeof(*failing));
	failing_records = failing_shared(
	    RECORDS_MAX * sizeof(*failing_records));
	failing->records_max = RECORDS_MAX;
	(void)backtrace(frame, 1); /* loads what it needs */
}
