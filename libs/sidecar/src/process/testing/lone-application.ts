/** An application in a process of its own, so that it can be killed: answers every request with its name. Its name and port are its arguments. */
import http from 'node:http'

const [, , name = '', port = '0'] = process.argv
const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume().once('end', () => response.end(name))
})
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'))
