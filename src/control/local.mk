# Sources of src/control/.
libmockvault_a_SOURCES += \
	src/control/clock.c \
	src/control/control.c \
	src/control/control.h \
	src/control/control_common.c \
	src/control/database.c \
	src/control/document.c \
	src/control/document.h \
	src/control/event_log.c \
	src/control/event_log.h \
	src/control/event_stream.c \
	src/control/faults.c \
	src/control/info.c \
	src/control/metrics.c \
	src/control/nodes.c \
	src/control/openapi.c \
	src/control/openapi_schema.c \
	src/control/outages.c \
	src/control/panel.c \
	src/control/panel.h \
	src/control/populate.c \
	src/control/requests.c \
	src/control/scenarios.c \
	src/control/sliced_work.c \
	src/control/sliced_work.h \
	src/control/spaces.c \
	src/control/state.c \
	src/control/state.h \
	src/control/state_document.c \
	src/control/tls.c

# The panel goes with the program.
EXTRA_DIST += src/control/panel.html
nodist_libmockvault_a_SOURCES += src/control/panel_page.c
src/control/panel_page.c: $(srcdir)/src/control/panel.html $(srcdir)/scripts/embed-page
	$(AM_V_GEN)mkdir -p src/control && $(srcdir)/scripts/embed-page \
		$(srcdir)/src/control/panel.html panel_page \
		control/panel.h >$@.new && mv $@.new $@
CLEANFILES += src/control/panel_page.c
