package mockvault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;

/** The control API at a URL, which a space's ends with its prefix. */
final class Control {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  final String url;

  Control(String url) {
    this.url = url;
  }

  Map<String, Object> call(String method, String path) {
    return call(method, path, null);
  }

  /** The answer's object, empty where there is none. */
  Map<String, Object> call(String method, String path, Object body) {
    var request = HttpRequest.newBuilder(URI.create(url + "/_mock" + path));
    var token = System.getenv("MOCKVAULT_ADMIN_TOKEN");
    if (token != null && !token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    request.method(
        method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(Json.write(body)));
    var answer = send(request.build());
    if (answer.statusCode() >= 300) {
      throw new ControlException(method + " /_mock" + path, answer.statusCode(), answer.body());
    }
    return answer.body().isEmpty() ? Map.of() : Json.object(Json.read(answer.body()));
  }

  static HttpResponse<String> send(HttpRequest request) {
    try {
      return CLIENT.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
