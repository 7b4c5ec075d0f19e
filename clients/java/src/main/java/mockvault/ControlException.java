package mockvault;

import java.util.List;
import java.util.Map;

/** What the control API refused. */
public final class ControlException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final transient Map<String, Object> body;

  ControlException(String call, int status, String text) {
    this(call, status, parsed(text));
  }

  private ControlException(String call, int status, Map<String, Object> body) {
    super(call + ": " + status + ": " + said(body, status));
    this.status = status;
    this.body = body;
  }

  private static Map<String, Object> parsed(String text) {
    try {
      return Json.object(Json.read(text));
    } catch (IllegalArgumentException e) {
      return Map.of("errors", List.of(text));
    }
  }

  private static String said(Map<String, Object> body, int status) {
    var allowed = Json.list(body.get("allowed"));
    var errors = Json.list(body.get("errors")).toString();
    return allowed.isEmpty() || status == 404 ? errors : errors + " (allowed: " + allowed + ")";
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  Map<String, Object> body() {
    return body;
  }
}
