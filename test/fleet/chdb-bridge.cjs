// ClickHouse's HTTP interface, as far as nscap speaks it, over chdb: the engine of today in a library.
//   node chdb-bridge.cjs FOLDER     prints the port that it listens on
const { createServer } = require('node:http');
const { rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { gunzipSync } = require('node:zlib');
const { Session } = require('chdb');

const [folder] = process.argv.slice(2);
const session = new Session(join(folder, 'engine'));
/** Parameters of a request that are no settings. */
const OTHERS = new Set(['query', 'database', 'default_format', 'wait_end_of_query']);

async function run(parameters, body) {
  const database = parameters.get('database') ?? 'default';
  session.query(`USE \`${database}\``);
  const settings = [...parameters].filter(([name]) => !OTHERS.has(name));
  for (const [name, value] of settings) session.query(`SET ${name} = '${value.replaceAll("'", "\\'")}'`);
  const insert = /^INSERT INTO `(\w+)` \((.*)\) FORMAT RowBinary$/.exec(parameters.get('query') ?? '');
  if (insert === null) {
    // As bytes: a text would be taken for UTF-8, and cells of bytes are not.
    const format = parameters.get('default_format') ?? 'TabSeparated';
    return (await session.queryAsync(body.toString(), { format })).bytes();
  }
  const [, table, columns] = insert;
  const rows = join(folder, 'rows.bin');
  writeFileSync(rows, body);
  const where = `database = '${database}' AND table = '${table}'`;
  const types = new Map(
    session
      .query(`SELECT name, type FROM system.columns WHERE ${where}`, 'TabSeparated')
      .split('\n')
      .map((line) => line.split('\t')),
  );
  const structure = columns.split(', ').map((name) => `${name} ${types.get(name.slice(1, -1))}`);
  const answer = session.query(
    `INSERT INTO \`${table}\` (${columns}) SELECT * FROM file('${rows}', 'RowBinary', '${structure.join(', ')}')`,
  );
  session.query("SET insert_deduplication_token = ''");
  rmSync(rows);
  return answer;
}

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  try {
    const unpacked = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    response.end(await run(new URL(request.url, 'http://host').searchParams, unpacked));
  } catch (error) {
    response.writeHead(500).end(String(error.message).replace(/^[\s\S]*?(?=Code: )/, ''));
  }
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
});
