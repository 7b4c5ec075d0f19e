/*
 * Long answers: written in slices, in passes to come, and sent as far as the
 * client takes them.
 */
#ifndef MV_CONTROL_DOCUMENT_H
#define MV_CONTROL_DOCUMENT_H

#include "control/control.h"

/* Adds a piece, some tens of microseconds of work; false: that was the last. */
typedef bool (*document_piece_fn)(void *arg, struct buf *out);

/* 200 with what the pieces make; arg lives as long as the request. */
enum handler_result control_reply_pieces(struct request *req,
    const char *content_type, document_piece_fn piece, void *arg);
/* 200 with head and body, which is taken over; content_type NULL is JSON. A
 * body that is over is a 503. */
enum handler_result control_reply_document(struct request *req,
    const char *content_type, struct slice head, struct buf *body);
/* The same with another status. */
enum handler_result control_reply_document_as(struct request *req, int status,
    const char *content_type, struct slice head, struct buf *body);

#endif
