// A host's web server that really serves, and really stops serving, what is asked of it.
import { createServer } from 'node:http';

export class WebHost {
  static async start() {
    const host = new WebHost();
    host.served = new Map();
    host.requests = [];
    host.server = createServer((request, response) => {
      host.requests.push({ method: request.method, path: request.url });
      const content = host.served.get(request.url);
      if (!content) return response.writeHead(410).end();
      response.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': content.length });
      response.end(request.method === 'HEAD' ? undefined : content);
    });
    await new Promise((done) => host.server.listen(0, '127.0.0.1', done));
    host.url = `http://127.0.0.1:${host.server.address().port}`;
    return host;
  }

  serve(path, content) {
    this.served.set(path, content);
    return this.url + path;
  }

  stop_serving(path) {
    this.served.delete(path);
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}
