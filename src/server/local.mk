# Sources of src/server/.
libmockvault_a_SOURCES += \
	src/server/admin_listener.c \
	src/server/admin_listener.h \
	src/server/admin_request.c \
	src/server/admin_request.h \
	src/server/claimed_version.c \
	src/server/claimed_version.h \
	src/server/clock_options.c \
	src/server/clock_options.h \
	src/server/control_host.c \
	src/server/control_host.h \
	src/server/engines.c \
	src/server/engines.h \
	src/server/init_scripts.c \
	src/server/init_scripts.h \
	src/server/host.c \
	src/server/host.h \
	src/server/instance.c \
	src/server/instance.h \
	src/server/instance_config.c \
	src/server/instance_config.h \
	src/server/inventory.c \
	src/server/inventory.h \
	src/server/listeners.c \
	src/server/listeners.h \
	src/server/options.c \
	src/server/options.h \
	src/server/reload.c \
	src/server/reload.h \
	src/server/spaces.c \
	src/server/spaces.h \
	src/server/server.c \
	src/server/server.h \
	src/server/upstream_mode.c \
	src/server/upstream_mode.h \
	src/server/vault_probe.c \
	src/server/vault_probe.h \
	src/server/worker_pool.c \
	src/server/worker_pool.h

# The tables that a start in memory begins with: schema-image, which is the
# library without them, prints them. A program for another machine leaves that to
# RUN_SCHEMA_IMAGE of this one.
if CROSS_BUILD
SCHEMA_IMAGE =
else
SCHEMA_IMAGE = src/server/schema-image$(EXEEXT)
noinst_PROGRAMS += src/server/schema-image
src_server_schema_image_SOURCES = src/server/schema_image.c
src_server_schema_image_LDADD = $(libmockvault_a_OBJECTS) $(MOCKVAULT_LIBS)
endif
RUN_SCHEMA_IMAGE = $(SCHEMA_IMAGE)
src/server/schema_tables.c: $(SCHEMA_IMAGE)
	$(AM_V_GEN)$(RUN_SCHEMA_IMAGE) >$@.new && mv $@.new $@
noinst_LIBRARIES += libschema.a
nodist_libschema_a_SOURCES = src/server/schema_tables.c
libmockvault_a_LIBADD = $(libschema_a_OBJECTS)
libmockvault_a_DEPENDENCIES = $(libmockvault_a_LIBADD)
CLEANFILES += src/server/schema_tables.c
