// `cai mcp` through the official SDK's client: what Claude Code, VS Code and Cursor do.
// usage: node client.mjs CAI_BINARY; run by ./run, which gives it a home of its own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';

const cai = process.argv[2];
const world = mkdtempSync(join(tmpdir(), 'cai-sdk-'));
const work = join(world, 'work');
mkdirSync(work);
const name = 'sdk-' + process.pid;
const env = { ...process.env, HOME: world, CONTAINAI_BOX_IMAGE: process.env.CAI_TEST_IMAGE ?? 'debian:bookworm-slim' };
const exists = (box) => execFileSync('docker', ['ps', '-aq', '--filter', `name=^${box}$`]).toString() !== '';

const client = new Client({ name: 'cai-test', version: '1' }, { capabilities: { elicitation: {} } });
const questions = [];
client.setRequestHandler(ElicitRequestSchema, async (request) => {
  questions.push(request.params.message);
  return { action: 'accept', content: { allow: true } };
});
const transport = new StdioClientTransport({ command: cai, args: ['mcp'], cwd: work, env, stderr: 'inherit' });
await client.connect(transport);
// Steps are counted as they arrive: the client hands none on that it reads together with the answer, as it does on a busy machine.
const steps = [];
const deliver = transport.onmessage;
transport.onmessage = (message) => {
  if (message.method === 'notifications/progress') steps.push(message.params.message);
  deliver(message);
};
const call = async (args, options) =>
  client.callTool({ name: 'containers', arguments: args }, undefined, { timeout: 200000, ...options });

try {
  assert.equal(client.getServerVersion().name, 'cai');
  assert.ok(SUPPORTED_PROTOCOL_VERSIONS.includes('2025-11-25'), 'the SDK knows the newest version that cai speaks');
  await client.ping();
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name), ['containers']);
  assert.deepEqual(tools[0].inputSchema.required, ['operation']);

  const preflight = await call({ operation: 'preflight' });
  assert.equal(preflight.structuredContent.ready, true);
  const wrong = await call({ operation: 'exec' });
  assert.equal(wrong.isError, true);

  const made = await call({ operation: 'create', name, mounts: [{ host: world, container: '/w' }] }, { onprogress: () => {} });
  assert.equal(made.isError, false, JSON.stringify(made));
  assert.ok(steps.length >= 7, steps.join());
  assert.equal(questions.length, 1, 'a mount outside the working directory was asked about');
  assert.deepEqual(JSON.parse(made.content[0].text), made.structuredContent);

  const answers = await Promise.all([1, 2, 3, 4].map((n) =>
    call({ operation: 'exec', container: name, command: `echo ${n}` })));
  assert.deepEqual(answers.map((answer) => answer.structuredContent.stdout), ['1\n', '2\n', '3\n', '4\n']);

  const abort = new AbortController();
  const slow = call({ operation: 'exec', container: name, command: 'sleep 69696' }, { signal: abort.signal });
  setTimeout(() => abort.abort(), 500);
  await assert.rejects(slow);
  await client.ping();
} finally {
  await client.close();
}
for (let i = 0; i < 300 && exists(name); ++i) await new Promise((resolve) => setTimeout(resolve, 100));
assert.ok(!exists(name), 'the box went with its session');
rmSync(world, { recursive: true, force: true });
console.log('the SDK client and cai understand each other');
