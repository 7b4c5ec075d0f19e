/*
 * The whole state: sealed for a while, born again, made uninitialised, put back
 * from an image, a snapshot, a document.
 */
#include "core/image.h"

#include "base/shape.h"
#include "core/seal.h"
#include "server/control_host.h"
#include "tests/support/inside.h"

static struct inside box;

static struct vault *
start(void)
{
	inside_defaults(&box);
	inside_start(&box);
	return &box.in.vault;
}

static void
write_secret(const char *path)
{
	char target[100];

	snprintf(target, sizeof(target), "secret/data/%s", path);
	inside_ask(&box, 200, "POST", target, "{\"data\":{\"k\":\"v\"}}");
}

START_TEST(a_suspension_seals_for_real_and_ends_without_shares)
{
	struct vault *v = start();

	write_secret("a");
	ck_assert(!seal_resume(v));
	ck_assert(seal_suspend(v));
	ck_assert(!seal_suspend(v));
	inside_ask(&box, 503, "GET", "secret/data/a", NULL);
	inside_ask(&box, 503, "GET", "sys/health", NULL);
	inside_ask(&box, 200, "GET", "sys/seal-status", NULL);
	ck_assert(json_is_true(json_object_get(box.answer, "sealed")));
	ck_assert(seal_resume(v));
	inside_ask(&box, 200, "GET", "secret/data/a", NULL);
	ck_assert(!seal_resume(v));
	/* the root key is whole: another seal and the shares open it */
	inside_ask(&box, 204, "POST", "sys/seal", NULL);
	ck_assert(!seal_resume(v));
	inside_stop(&box);
}
END_TEST

START_TEST(the_operators_key_ends_a_suspension)
{
	struct vault *v = start();
	char body[200];

	ck_assert(seal_suspend(v));
	snprintf(body, sizeof(body), "{\"key\":\"%s\"}", box.in.unseal_key);
	inside_ask(&box, 200, "POST", "sys/unseal", body);
	inside_ask(&box, 200, "GET", "sys/health", NULL);
	ck_assert(!seal_resume(v));
	inside_stop(&box);
}
END_TEST

START_TEST(a_rebirth_forgets_and_an_image_remembers)
{
	struct vault *v = start();
	struct complaint c = { 0 };
	struct image *image;
	char token[200];

	write_secret("a");
	inside_ask(&box, 200, "POST", "auth/token/create", "{\"ttl\":\"1h\"}");
	snprintf(token, sizeof(token), "%s",
	    inside_text(&box, "auth.client_token"));
	image = image_take(v);
	ck_assert_ptr_nonnull(image);
	ck_assert(host_rebirth(&box.in, &c));
	inside_ask(&box, 200, "GET", "sys/health", NULL);
	inside_ask(&box, 404, "GET", "secret/data/a", NULL);
	write_secret("b");
	ck_assert_int_eq(inside_as(&box, token, "GET", "auth/token/lookup-self",
			     NULL), 403);
	ck_assert(image_restore(v, image));
	inside_ask(&box, 200, "GET", "secret/data/a", NULL);
	inside_ask(&box, 404, "GET", "secret/data/b", NULL);
	ck_assert_int_eq(inside_as(&box, token, "GET", "auth/token/lookup-self",
			     NULL), 200);
	image_free(image);
	inside_stop(&box);
}
END_TEST

START_TEST(a_wiped_vault_is_uninitialised_and_comes_back)
{
	struct vault *v = start();
	struct image *image = image_take(v);

	ck_assert(vault_wipe(v));
	inside_ask(&box, 501, "GET", "sys/health", NULL);
	inside_ask(&box, 503, "GET", "secret/data/a", NULL);
	inside_ask(&box, 200, "GET", "sys/init", NULL);
	ck_assert(json_is_false(json_object_get(box.answer, "initialized")));
	inside_ask(&box, 200, "PUT", "sys/init",
	    "{\"secret_shares\":1,\"secret_threshold\":1}");
	ck_assert(image_restore(v, image));
	inside_ask(&box, 200, "GET", "sys/health", NULL);
	write_secret("a");
	image_free(image);
	inside_stop(&box);
}
END_TEST

UNIT_MAIN("state", a_suspension_seals_for_real_and_ends_without_shares,
    the_operators_key_ends_a_suspension,
    a_rebirth_forgets_and_an_image_remembers,
    a_wiped_vault_is_uninitialised_and_comes_back)
