// The POP3 server of WildDuck over a Maildir; run as a script: FOLDER PORT MAILDIR PASSWORD.
// FOLDER is where npm installed wildduck. It keeps mail in MongoDB otherwise; its POP3 server
// takes the messages from the four handlers below.

'use strict';

const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');
const { Readable } = require('stream');

const [folder, port, maildir, password] = process.argv.splice(2);
const POP3Server = createRequire(path.join(folder, 'package.json'))('wildduck/lib/pop3/server');

const files = path.join(maildir, 'new');

function messageText(name) {
    // A file has line ends of its own, POP3 has CRLF.
    return fs.readFileSync(path.join(files, name), 'latin1').replace(/\r?\n/g, '\r\n');
}

function listMessages() {
    return fs.readdirSync(files).sort().map((name, index) => ({
        id: crypto.createHash('md5').update(name).digest('hex').slice(0, 24),
        uid: index + 1,
        size: messageText(name).length,
        seen: true,
        name
    }));
}

const server = new POP3Server({
    logger: false,
    disableSTARTTLS: true,

    onAuth(auth, session, callback) {
        const allowed = auth.username === 'lab' && auth.password === password;
        callback(null, allowed ? { user: { id: 'lab', username: 'lab' } } : {});
    },

    onListMessages(session, callback) {
        const messages = listMessages();
        const size = messages.reduce((total, message) => total + message.size, 0);
        callback(null, { messages, count: messages.length, size });
    },

    onFetchMessage(message, session, callback) {
        callback(null, Readable.from([Buffer.from(messageText(message.name), 'latin1')]));
    },

    onUpdate(update, session, callback) {
        update.deleted.forEach(message => fs.unlinkSync(path.join(files, message.name)));
        callback();
    }
});

server.loggelf = () => {};
server.on('error', error => console.error(error));
server.listen(Number(port), '127.0.0.1');
