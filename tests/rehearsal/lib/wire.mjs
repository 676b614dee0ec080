// The network between two nodes: passes every request on as it is, counts them, and can lose answers or everything.
import { createServer } from 'node:http';

export class Wire {
  static async start(target) {
    const wire = new Wire();
    Object.assign(wire, { target, requests: [], lose: () => false, on_loss: () => {} });
    wire.server = createServer((request, response) => wire.#pass(request, response).catch(() => response.socket?.destroy()));
    await new Promise((done) => wire.server.listen(0, '127.0.0.1', done));
    wire.url = `http://127.0.0.1:${wire.server.address().port}`;
    return wire;
  }

  async #pass(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name)));
    const seen = { method: request.method, path: request.url, key: headers['idempotency-key'], body: body.toString() };
    this.requests.push(seen);
    const answer = await fetch(this.target + request.url, { method: request.method, headers, body: body.length ? body : undefined });
    const bytes = Buffer.from(await answer.arrayBuffer());
    seen.status = answer.status;
    seen.answer = bytes.toString();
    if (this.lose(seen)) {
      response.socket.destroy();
      return this.on_loss(seen);
    }
    response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') ?? 'application/json' });
    response.end(bytes);
  }

  // Every time the referral of that reference was sent.
  filings(reference) {
    return this.requests.filter((request) => request.method === 'POST' && request.path === '/v1/exchange/referrals' && request.key === reference);
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}
