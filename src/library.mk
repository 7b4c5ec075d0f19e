# What programs that hold a Vault in themselves link with: a static and a shared
# library in which nothing but mv_* can be seen, the header, and mockvault.pc.
include_HEADERS += include/mockvault.h
EXTRA_DIST += src/library.map
if !STATIC_BINARY
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = packaging/mockvault.pc

LIBRARY_OBJECTS = src/server/embed/commands.$(OBJEXT) \
	src/server/embed/embed.$(OBJEXT) src/server/embed/requests.$(OBJEXT) \
	src/server/embed/threads.$(OBJEXT)
LIBRARY_SONAME = libmockvault.so.$(LIBRARY_ABI)
LIBRARY_FILES = libmockvault.a $(LIBRARY_SONAME) libmockvault.so
LIBRARY_LIBS = $(EVENT_LIBS) $(JANSSON_LIBS) $(OPENSSL_LIBS) $(PCRE2_LIBS) \
	$(SQLITE_LIBS) $(YAML_LIBS) $(ZLIB_LIBS) $(LIBS) -lm

# One object with everything that mv_* needs; its other names are local.
lib/libmockvault.a: libmockvault.a
	$(AM_V_GEN)mkdir -p lib && \
		$(CC) -r -nostdlib -o lib/mockvault.$(OBJEXT) \
			$(LIBRARY_OBJECTS) libmockvault.a $(RAFT_LIBS) && \
		$(OBJCOPY) -w --keep-global-symbol='mv_*' \
			lib/mockvault.$(OBJEXT) && \
		rm -f $@ && $(AR) cr $@ lib/mockvault.$(OBJEXT) && $(RANLIB) $@

lib/$(LIBRARY_SONAME): libmockvault.a $(srcdir)/src/library.map
	$(AM_V_GEN)mkdir -p lib && \
		$(CC) -shared $(AM_CFLAGS) $(CFLAGS) $(LDFLAGS) $(SAN_FLAGS) \
			-Wl,-z,relro,-z,now -Wl,-soname,$(LIBRARY_SONAME) \
			-Wl,--version-script=$(srcdir)/src/library.map \
			-o $@ $(LIBRARY_OBJECTS) libmockvault.a $(RAFT_LIBS) \
			$(LIBRARY_LIBS)

if LIBRARIES_IN_ALL
ALL_LOCAL += lib/libmockvault.a lib/$(LIBRARY_SONAME)
endif

install-exec-local: lib/libmockvault.a lib/$(LIBRARY_SONAME)
	$(MKDIR_P) "$(DESTDIR)$(libdir)"
	$(INSTALL_DATA) lib/libmockvault.a lib/$(LIBRARY_SONAME) \
		"$(DESTDIR)$(libdir)"
	cd "$(DESTDIR)$(libdir)" && rm -f libmockvault.so && \
		$(LN_S) $(LIBRARY_SONAME) libmockvault.so
CLEANFILES += lib/mockvault.$(OBJEXT) lib/libmockvault.a lib/$(LIBRARY_SONAME)
endif
