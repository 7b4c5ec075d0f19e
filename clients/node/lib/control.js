/** What the control API refused: status, errors, field, allowed. */
class ControlError extends Error {
  constructor(call, status, text) {
    let body;
    try {
      body = JSON.parse(text);
    } catch {
      body = { errors: [text] };
    }
    const { errors = [], field, allowed = [] } = body;
    const choice =
      allowed.length && status !== 404 ? ` (allowed: ${allowed.join(', ')})` : '';
    super(`${call}: ${status}: ${errors.join('; ')}${choice}`);
    this.name = 'ControlError';
    Object.assign(this, { status, errors, field, allowed, body });
  }
}

/** The control API at a URL, which a space's ends with its prefix. */
class Control {
  constructor(url) {
    this.url = url;
  }

  /** The answer's JSON, undefined where there is none. */
  async call(method, path, body) {
    const token = process.env.MOCKVAULT_ADMIN_TOKEN;
    const answer = await fetch(`${this.url}/_mock${path}`, {
      method,
      headers: token ? { Authorization: `Bearer ${token}` } : {},
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new ControlError(`${method} /_mock${path}`, answer.status, text);
    return text ? JSON.parse(text) : undefined;
  }
}

module.exports = { Control, ControlError };
