package mockvault;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/** A server: started by this process, with which it ends, or joined. */
public final class Server {
  /** How long one may take until it is ready; a pipeline's service starts beside the tests. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final int LOG_KEPT = 64 << 10;
  private static Server shared;

  final String main;
  final String admin;
  final String token;
  private final Process process; // null: joined
  private final boolean hasSpaces;
  private final StringBuffer log;
  private final AtomicBoolean borrowed = new AtomicBoolean();

  private Server(String main, String admin, Process process, StringBuffer log) {
    this.main = main;
    this.admin = admin;
    this.process = process;
    this.log = log;
    var given = System.getenv("VAULT_TOKEN");
    this.token = process == null && given != null && !given.isEmpty() ? given : "root";
    this.hasSpaces = awaitReady();
  }

  /** Starts one, with flags of mockvault server. */
  public static Server start(String... flags) {
    var command =
        new ArrayList<>(
            List.of(
                binary().toString(),
                "server",
                "-dev",
                "-dev-root-token-id=root",
                "-dev-listen-address=127.0.0.1:0",
                "-dev-no-store-token",
                "-admin-addr=127.0.0.1:0",
                // The pipe to its standard input closes with this process.
                "-exit-on-stdin-eof"));
    command.addAll(List.of(flags));
    try {
      var process = new ProcessBuilder(command).start();
      var log = new StringBuffer();
      var errors = drain(process.errorReader(StandardCharsets.UTF_8), log);
      var out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line; (line = out.readLine()) != null; ) {
        if (line.startsWith("{")) {
          drain(out, new StringBuffer());
          var bound = Json.object(Json.read(line));
          return new Server(
              (String) bound.get("api_addr"), (String) bound.get("admin_addr"), process, log);
        }
      }
      errors.join();
      throw new IllegalStateException("mockvault did not start: " + log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Takes one that runs, by Vault's address or the control API's. */
  public static Server join(String url) {
    var at = url.replaceAll("/+$", "");
    new Server(at, at, null, new StringBuffer());
    var asked = HttpRequest.newBuilder(URI.create(at + "/v1/sys/seal-status")).build();
    if (Control.send(asked).statusCode() != 404) {
      return new Server(at, at, null, new StringBuffer());
    }
    var info = new Control(at).call("GET", "/info");
    var main = Json.list(Json.object(info.get("addresses")).get("main")).get(0).toString();
    var bound = URI.create(main);
    main = bound.getScheme() + "://" + URI.create(at).getHost() + ":" + bound.getPort();
    return new Server(main, at, null, new StringBuffer());
  }

  /** The one at MOCKVAULT_URL, or one for all tests of this process. */
  public static synchronized Server shared() {
    if (shared == null) {
      var url = System.getenv("MOCKVAULT_URL");
      shared = url == null || url.isEmpty() ? start() : join(url);
    }
    return shared;
  }

  /** The program: what MOCKVAULT_BIN names, or mockvault on PATH. */
  static Path binary() {
    var named = System.getenv("MOCKVAULT_BIN");
    if (named != null && !named.isEmpty()) {
      return Path.of(named);
    }
    var folders = System.getenv().getOrDefault("PATH", "");
    for (var folder : folders.split(java.io.File.pathSeparator)) {
      var path = Path.of(folder, "mockvault");
      if (Files.isRegularFile(path) && Files.isExecutable(path)) {
        return path;
      }
    }
    throw new IllegalStateException(
        "no mockvault: it is not on PATH, and MOCKVAULT_BIN does not name it");
  }

  private static Thread drain(BufferedReader in, StringBuffer kept) {
    var thread =
        new Thread(
            () -> {
              try (in) {
                for (String line; (line = in.readLine()) != null; ) {
                  kept.append(line).append('\n');
                  kept.delete(0, Math.max(0, kept.length() - LOG_KEPT));
                }
              } catch (IOException e) {
                kept.append(e);
              }
            },
            "mockvault log");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Waits until it is, and says whether it has spaces. */
  private boolean awaitReady() {
    var control = new Control(admin);
    for (long end = System.nanoTime() + PATIENCE.toNanos(); ; ) {
      try {
        control.call("GET", "/ready");
        break;
      } catch (ControlException | UncheckedIOException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
    try {
      control.call("GET", "/spaces");
      return true;
    } catch (ControlException e) {
      if (e.status() != 404 && e.status() != 409) {
        throw e; // neither an old one, nor a cluster or a proxy
      }
      return false;
    }
  }

  /** A Vault of the caller's own, until its close(). */
  public Vault vault() {
    return vault(new Options());
  }

  /**
   * A Vault as the options want it: a space where the server has them. Flags, and what is to be
   * alone, take another server; so does everything on a server of ours without spaces.
   */
  public Vault vault(Options options) {
    var vault = make(options);
    try {
      options.prepare(vault);
    } catch (RuntimeException | Error e) {
      vault.close();
      throw e;
    }
    return vault;
  }

  private Vault make(Options options) {
    boolean own = options.alone || !options.flags.isEmpty();
    if (process == null && own) {
      throw new IllegalArgumentException(admin + " runs already: it takes no flags");
    }
    if (hasSpaces && !own) {
      return space(options);
    }
    if (options.from != null || process == null && options.seed != null) {
      throw new IllegalArgumentException(admin + " has no spaces");
    }
    if (process == null) {
      return borrow();
    }
    var flags = new ArrayList<>(options.flags);
    if (options.seed != null) {
      flags.add(0, "-seed=" + options.seed);
    }
    var server = start(flags.toArray(String[]::new));
    return new Vault(server, "", server::stop);
  }

  private Vault space(Options options) {
    var id = "java-" + UUID.randomUUID(); // other machines have pids like ours
    var body = new java.util.LinkedHashMap<String, Object>();
    if (options.seed != null) {
      body.put("seed", options.seed);
    }
    if (options.from != null) {
      body.put("from", options.from);
    }
    if (process == null) {
      body.put("expires_in", "1h"); // this process may be killed
    }
    var control = new Control(admin);
    control.call("PUT", "/spaces/" + id, body);
    return new Vault(this, "/s/" + id, () -> control.call("DELETE", "/spaces/" + id));
  }

  /** The whole of a joined server without spaces, as it was at its start. */
  private Vault borrow() {
    if (!borrowed.compareAndSet(false, true)) {
      throw new IllegalStateException(admin + " has no spaces: run one test after the other");
    }
    var control = new Control(admin);
    control.call("POST", "/reset");
    return new Vault(
        this,
        "",
        () -> {
          borrowed.set(false);
          control.call("POST", "/reset");
        });
  }

  /** The end of what a server of ours has said. */
  String log() {
    return log.toString();
  }

  Process process() {
    return process;
  }

  /** Ends a server of ours. */
  public void stop() {
    if (process != null) {
      process.destroy();
      process.onExit().join();
    }
  }
}
