// A host's mail server: takes what is sent to it and keeps it for the test to read.
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export class MailServer {
  static async start() {
    const mail = new MailServer();
    mail.messages = [];
    mail.refuse = false;
    mail.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onRcptTo: (address, session, done) => (mail.refuse ? done(Object.assign(new Error('mailbox is full'), { responseCode: 452 })) : done()),
      onData: (stream, session, done) => {
        simpleParser(stream).then((message) => {
          mail.messages.push(message);
          done();
        }, done);
      },
    });
    await new Promise((done) => mail.server.listen(0, '127.0.0.1', done));
    mail.url = `smtp://127.0.0.1:${mail.server.server.address().port}`;
    return mail;
  }

  to(address) {
    return this.messages.filter((message) => message.to.value.some((recipient) => recipient.address === address));
  }

  stop() {
    return new Promise((done) => this.server.close(done));
  }
}
