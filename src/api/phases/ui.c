/*
 * The addresses of the web UI: a page that says there is none, and redirects to
 * it.
 */
#include <string.h>

#include "api/api_internal.h"
#include "base/text.h"

/* The UI's page says that there is none; all other addresses lead to it. */
enum handler_result
ui_reply(struct request *req, const char *path)
{
	static const char page[] =
	    "<!DOCTYPE html>\n<html><head><title>mockvault</title></head>\n"
	    "<body><p>The web UI is not part of this server. "
	    "Its API is below <code>/v1/</code>.</p></body></html>\n";
	static const char page_with_panel[] =
	    "<!DOCTYPE html>\n<html><head><title>mockvault</title></head>\n"
	    "<body><p>The web UI is not part of this server. "
	    "Its API is below <code>/v1/</code>, its own panel at "
	    "<a href=\"/_mock/ui\">/_mock/ui</a>.</p></body></html>\n";

	if (!starts_with(path, "/ui/"))
		return redirect_reply(req, 307, "Temporary Redirect", "/ui/");
	reply_header(req, "Content-Security-Policy",
	    "default-src 'none'; connect-src 'self'; img-src 'self' data:; "
	    "script-src 'self'; style-src 'unsafe-inline' 'self'; form-action "
	    "'none'; frame-ancestors 'none'; font-src 'self'");
	reply_header(req, "Service-Worker-Allowed", "/");
	return reply_raw(req, 200, "text/html; charset=utf-8",
	    req->api->control && req->api->control_on_main
		? SLICE(page_with_panel)
		: SLICE(page));
}
