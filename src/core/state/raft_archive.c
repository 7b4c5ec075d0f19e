/*
 * Snapshot files: tar, gzip, sums; the entries of state.bin.
 */
#include "core/state/raft_archive.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/text.h"

#define TAR_BLOCK 512
#define GZIP_WINDOW (15 + 16) /* zlib's way to say gzip */
#define STATE_KEY "mockvault/state/"
#define STATE_PIECE ((size_t)512 << 10)
/* What an upload may unpack to. */
#define ARCHIVE_MAX ((size_t)512 << 20)
#define SUM_SIZE 32

/* ---- out ---- */

static void
tar_add(struct buf *tar, const char *name, int64_t time_s, struct slice content)
{
	char header[TAR_BLOCK] = { 0 };
	unsigned sum = 0;

	snprintf(header, 100, "%s", name);
	memcpy(header + 100, "0000600", 7);
	memcpy(header + 108, "0000000", 7);
	memcpy(header + 116, "0000000", 7);
	snprintf(header + 124, 12, "%011zo", content.n);
	snprintf(header + 136, 12, "%011llo", (unsigned long long)time_s);
	memset(header + 148, ' ', 8);
	header[156] = '0';
	memcpy(header + 257, "ustar\00000", 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (uint8_t)header[i];
	snprintf(header + 148, 7, "%06o", sum);
	buf_add(tar, header, TAR_BLOCK);
	buf_slice(tar, content);
	memset(header, 0, sizeof(header));
	buf_add(tar, header, (TAR_BLOCK - content.n % TAR_BLOCK) % TAR_BLOCK);
}

static void
raft_put_varint(struct buf *out, size_t n)
{
	for (; n >= 0x80; n >>= 7)
		buf_char(out, (char)(n | 0x80));
	buf_char(out, (char)n);
}

/* One storage entry as Vault's protobuf has it: 1 the key, 2 the value, the
 * whole with its length in front. */
static void
raft_put_entry(struct buf *out, const char *key, struct slice value)
{
	struct buf head;

	buf_init(&head, 0);
	buf_char(&head, 0x0a);
	raft_put_varint(&head, strlen(key));
	buf_str(&head, key);
	buf_char(&head, 0x12);
	raft_put_varint(&head, value.n);
	raft_put_varint(out, head.n + value.n);
	buf_add(out, head.p, head.n);
	buf_slice(out, value);
	buf_release(&head);
}

static void
raft_put_state(struct buf *out, struct slice document)
{
	char key[sizeof(STATE_KEY) + 20];

	for (size_t at = 0, i = 0; at < document.n; i++) {
		size_t n = document.n - at < STATE_PIECE ? document.n - at
							 : STATE_PIECE;

		snprintf(key, sizeof(key), STATE_KEY "%08zx", i);
		raft_put_entry(out, key, (struct slice){ document.p + at, n });
		at += n;
	}
}

/* raft.SnapshotMeta as Go writes it. */
static void
raft_put_meta(struct buf *out, const struct raft_meta *m, size_t size)
{
	json_t *meta = json_pack("{s:i, s:s, s:I, s:I, s:n, "
				 "s:{s:[{s:i, s:s, s:s}]}, s:i, s:I}",
	    "Version", 1, "ID", "bolt-snapshot", "Index", (json_int_t)m->index,
	    "Term", (json_int_t)m->term, "Peers", "Configuration", "Servers",
	    "Suffrage", 0, "ID", m->node_id, "Address", m->address,
	    "ConfigurationIndex", 1, "Size", (json_int_t)size);
	char *text = json_dumps(meta, JSON_COMPACT);

	buf_str(out, text ? text : "{}");
	buf_char(out, '\n');
	free(text);
	json_decref(meta);
}

static bool
raft_put_sum(struct buf *out, const char *name, struct slice content)
{
	char hex[2 * SUM_SIZE + 1];
	uint8_t sum[SUM_SIZE];

	if (!EVP_Digest(content.p, content.n, sum, NULL, EVP_sha256(), NULL))
		return false;
	hex_encode(sum, sizeof(sum), hex);
	buf_printf(out, "%s  %s\n", hex, name);
	return true;
}

static bool
raft_seal_sums(
    struct buf *out, struct slice sums, const uint8_t key[RAFT_KEY_SIZE])
{
	uint8_t mac[SUM_SIZE];

	if (!HMAC(EVP_sha256(), key, RAFT_KEY_SIZE, (const uint8_t *)sums.p,
		sums.n, mac, NULL))
		return false;
	buf_add(out, mac, sizeof(mac));
	buf_slice(out, sums);
	return true;
}

static bool
raft_deflate(struct buf *out, const struct buf *in)
{
	z_stream z = { 0 };
	uLong most;
	bool ok;

	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	most = deflateBound(&z, in->n);
	if (in->n > UINT32_MAX || most > UINT32_MAX || !buf_grow(out, most)) {
		deflateEnd(&z);
		return false;
	}
	z.next_in = (Bytef *)in->p;
	z.avail_in = (uInt)in->n;
	z.next_out = (Bytef *)out->p + out->n;
	z.avail_out = (uInt)most;
	ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
	out->n += z.total_out;
	out->p[out->n] = '\0';
	return deflateEnd(&z) == Z_OK && ok;
}

bool
raft_archive_write(struct buf *out, const struct raft_meta *meta,
    struct slice document, const uint8_t key[RAFT_KEY_SIZE])
{
	static const char end[2 * TAR_BLOCK] = { 0 };
	struct buf state, info, sums, sealed, tar;
	bool ok;

	buf_init_fallible(&state, SIZE_MAX / 2);
	buf_init(&info, 0);
	buf_init(&sums, 0);
	buf_init(&sealed, 0);
	buf_init_fallible(&tar, SIZE_MAX / 2);
	raft_put_state(&state, document);
	raft_put_meta(&info, meta, state.n);
	ok = raft_put_sum(
		 &sums, "meta.json", (struct slice){ info.p, info.n }) &&
	    raft_put_sum(
		&sums, "state.bin", (struct slice){ state.p, state.n }) &&
	    raft_seal_sums(&sealed, (struct slice){ sums.p, sums.n }, key);
	if (ok) {
		tar_add(&tar, "meta.json", meta->time_s,
		    (struct slice){ info.p, info.n });
		tar_add(&tar, "state.bin", meta->time_s,
		    (struct slice){ state.p, state.n });
		tar_add(&tar, "SHA256SUMS", meta->time_s,
		    (struct slice){ sums.p, sums.n });
		tar_add(&tar, "SHA256SUMS.sealed", meta->time_s,
		    (struct slice){ sealed.p, sealed.n });
		buf_add(&tar, end, sizeof(end));
		out->over = out->over || state.over || tar.over;
		ok = !out->over && raft_deflate(out, &tar);
	}
	buf_release(&state);
	buf_release(&info);
	buf_release(&sums);
	buf_release(&sealed);
	buf_release(&tar);
	return ok;
}

/* ---- in ---- */

/* Unpacks the whole; what Go's gzip says of a file that is none. */
static bool
raft_inflate(struct buf *out, struct slice in, struct error *e)
{
	z_stream z = { 0 };
	char piece[65536];
	int status = Z_OK;

	if (in.n < 10)
		return error_set(e, 500, "failed to decompress snapshot: %s",
		    in.n ? "unexpected EOF" : "EOF");
	if (memcmp(in.p, "\x1f\x8b\x08", 3) != 0)
		return error_set(e, 500,
		    "failed to decompress snapshot: gzip: invalid header");
	if (in.n > UINT32_MAX || inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return error_set(e, 500, "failed to decompress snapshot");
	z.next_in = (Bytef *)in.p;
	z.avail_in = (uInt)in.n;
	while (status == Z_OK && !out->over) {
		z.next_out = (Bytef *)piece;
		z.avail_out = sizeof(piece);
		status = inflate(&z, Z_NO_FLUSH);
		buf_add(out, piece, sizeof(piece) - z.avail_out);
	}
	inflateEnd(&z);
	if (status == Z_STREAM_END && !out->over)
		return true;
	return error_set(e, 500,
	    "failed to read snapshot file: failed reading snapshot: %s",
	    out->over			? "too large"
		: status == Z_BUF_ERROR ? "unexpected EOF"
					: "flate: corrupt input");
}

static bool
raft_file_is_expected(
    struct raft_archive *files, const char *name, struct slice content)
{
	const struct {
		const char *name;
		struct slice *slot;
	} known[] = {
		{ "meta.json", &files->meta },
		{ "state.bin", &files->state },
		{ "SHA256SUMS", &files->sums },
		{ "SHA256SUMS.sealed", &files->sealed },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0) {
			*known[i].slot = content;
			return true;
		}
	return false;
}

#define RAFT_READ_FAILED "failed to read snapshot file: "

/* The files of a tar; contents stay in it. */
static bool
raft_untar(struct raft_archive *files, const struct buf *tar, struct error *e)
{
	for (size_t at = 0; at + TAR_BLOCK <= tar->n;) {
		const char *header = tar->p + at;
		char name[101] = "", size[13] = "";
		unsigned long long n;

		if (*header == '\0')
			return true;
		if (memcmp(header + 257, "ustar", 5) != 0)
			return error_set(e, 500,
			    RAFT_READ_FAILED "failed reading snapshot: "
					     "archive/tar: invalid tar header");
		memcpy(name, header, 100);
		memcpy(size, header + 124, 12);
		n = strtoull(size, NULL, 8);
		at += TAR_BLOCK;
		if (n > tar->n - at)
			return error_set(e, 500,
			    RAFT_READ_FAILED
			    "failed reading snapshot: unexpected EOF");
		if (!raft_file_is_expected(
			files, name, (struct slice){ tar->p + at, n }))
			return error_set(e, 500,
			    RAFT_READ_FAILED
			    "unexpected file \"%s\" in snapshot",
			    name);
		at += n + (TAR_BLOCK - n % TAR_BLOCK) % TAR_BLOCK;
	}
	return true;
}

bool
raft_archive_check(const struct raft_archive *a, struct error *e)
{
	const struct {
		const char *name;
		struct slice content;
	} known[] = {
		{ "meta.json", a->meta },
		{ "state.bin", a->state },
	};

	for (size_t i = 0; i < 2; i++) {
		struct buf line, sums;
		bool ok;

		buf_init(&line, 0);
		buf_init(&sums, 0);
		buf_slice(&sums, a->sums);
		ok = raft_put_sum(&line, known[i].name, known[i].content) &&
		    sums.p && strstr(sums.p, line.p);
		buf_release(&line);
		buf_release(&sums);
		if (!ok)
			return error_set(e, 500,
			    RAFT_READ_FAILED "failed checking integrity of "
					     "snapshot: hash check failed for "
					     "\"%s\"",
			    known[i].name);
	}
	return true;
}

bool
raft_archive_is_sealed_by(
    const struct raft_archive *a, const uint8_t key[RAFT_KEY_SIZE])
{
	struct buf again;
	bool same;

	buf_init(&again, 0);
	same = raft_seal_sums(&again, a->sums, key) && again.n == a->sealed.n &&
	    memcmp(again.p, a->sealed.p, again.n) == 0;
	buf_release(&again);
	return same;
}

static bool
raft_get_varint(struct slice *in, size_t *n)
{
	*n = 0;
	for (unsigned shift = 0; in->n && shift < 35; shift += 7) {
		uint8_t byte = (uint8_t)*in->p;

		in->p++;
		in->n--;
		*n |= (size_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return *n <= in->n;
	}
	return false;
}

/* A field of bytes with this tag. */
static bool
raft_get_bytes(struct slice *in, char tag, struct slice *out)
{
	if (in->n == 0 || *in->p != tag)
		return false;
	in->p++;
	in->n--;
	if (!raft_get_varint(in, &out->n))
		return false;
	out->p = in->p;
	in->p += out->n;
	in->n -= out->n;
	return true;
}

bool
raft_archive_next(
    struct slice *state, struct slice *key, struct slice *value, size_t *size)
{
	struct slice entry;

	if (!raft_get_varint(state, &entry.n))
		return false;
	*size = entry.n;
	entry.p = state->p;
	state->p += entry.n;
	state->n -= entry.n;
	return raft_get_bytes(&entry, 0x0a, key) &&
	    raft_get_bytes(&entry, 0x12, value);
}

bool
raft_archive_document(const struct raft_archive *a, struct buf *document)
{
	struct slice state = a->state, key, value;
	size_t size;

	while (state.n) {
		if (!raft_archive_next(&state, &key, &value, &size) ||
		    key.n < strlen(STATE_KEY) ||
		    memcmp(key.p, STATE_KEY, strlen(STATE_KEY)) != 0)
			return false;
		buf_slice(document, value);
	}
	return document->n > 0;
}

bool
raft_archive_open(struct raft_archive *a, struct slice file, struct error *e)
{
	memset(a, 0, sizeof(*a));
	buf_init_fallible(&a->tar, ARCHIVE_MAX);
	return raft_inflate(&a->tar, file, e) && raft_untar(a, &a->tar, e);
}

void
raft_archive_release(struct raft_archive *a)
{
	if (a->tar.n)
		OPENSSL_cleanse(a->tar.p, a->tar.n);
	buf_release(&a->tar);
}
