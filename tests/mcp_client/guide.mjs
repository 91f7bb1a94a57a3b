// The guide of the tool `containers`, from its first operation to its last row of troubleshooting, through the official
// SDK's client. usage: node guide.mjs CAI_BINARY TOOLS_CONTEXT; run by ./run, which gives it a home of its own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const [cai, toolsContext] = process.argv.slice(2);
const tools = 'cai-e2e-tools:1';
const plain = 'debian:bookworm-slim';
const docker = (...words) => execFileSync('docker', words, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
const exists = (kind, name) => {
  try {
    return docker(kind, 'inspect', name) !== '';
  } catch {
    return false;
  }
};
if (!exists('image', tools)) docker('build', '-q', '-t', tools, toolsContext);

// A person's world: a home with git settings, a `gh` that is logged in, a key in the environment.
const world = mkdtempSync(join(tmpdir(), 'cai-guide-'));
const work = join(world, 'work');
for (const folder of ['work', 'bin', '.config/containai', '.amplifier']) mkdirSync(join(world, folder), { recursive: true });
writeFileSync(join(world, 'bin/gh'), '#!/bin/sh\necho gho_of-the-host\n');
chmodSync(join(world, 'bin/gh'), 0o755);
writeFileSync(join(world, '.gitconfig'), '[user]\n\tname = Guide\n');
writeFileSync(join(world, '.amplifier/settings.yaml'), 'from: host\n');
writeFileSync(join(world, '.config/containai/config.toml'),
  '[box.images]\n' + ['python', 'node', 'rust', 'go', 'general', 'amplifier', 'clean'].map((purpose) =>
    `${purpose} = "${tools}"\n`).join(''));
writeFileSync(join(work, 'data.csv'), 'a,b\n1,2\n');
const repository = (name, files) => {
  const path = join(world, name);
  mkdirSync(path);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  const git = (...words) => execFileSync('git', ['-c', 'user.name=G', '-c', 'user.email=g@localhost', ...words], { cwd: path });
  git('init', '-q', '-b', 'main', '.');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  return path;
};
const env = { PATH: [join(world, 'bin'), dirname(cai), process.env.PATH].join(':'), HOME: world, CONTAINAI_BOX_IMAGE: plain,
  OPENAI_API_KEY: 'key-of-the-host', FOO: 'foo' };
if (process.env.DOCKER_HOST) env.DOCKER_HOST = process.env.DOCKER_HOST;

const connected = async (server) => {
  const client = new Client({ name: 'cai-guide', version: '1' }, { capabilities: {} });
  await client.connect(new StdioClientTransport({ env, stderr: 'inherit', ...server }));
  return client;
};
const client = await connected({ command: cai, args: ['mcp', '--max', '30'], cwd: work });
const call = async (operation, args = {}) => {
  const answer = await client.callTool({ name: 'containers', arguments: { operation, ...args } }, undefined, { timeout: 280000 });
  return answer.structuredContent;
};
const ok = async (operation, args) => {
  const result = await call(operation, args);
  assert.equal(result.error, undefined, `${operation}: ${JSON.stringify(result)}`);
  return result;
};
const fails = async (operation, args, words) => {
  const result = await call(operation, args);
  assert.match((result.error ?? '') + ' ' + (result.guidance ?? ''), words, JSON.stringify(result));
};
const says = async (box, command) => (await ok('exec', { container: box, command })).stdout.trim();
const inspected = (box) => JSON.parse(docker('inspect', box))[0];
const statuses = (made) => Object.fromEntries(made.provisioning_report.map((step) => [step.name, step.status]));
const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const id = 'guide' + process.pid;
const named = (name) => `${id}-${name}`;

async function preflight() {
  const result = await ok('preflight');
  assert.equal(result.ready, true);
  assert.equal(result.runtime, 'docker');
  assert.deepEqual(result.checks.map((check) => check.name),
    ['runtime_installed', 'daemon_running', 'user_permissions', 'disk_space']);
  assert.ok(result.checks.every((check) => check.passed && check.detail !== ''), JSON.stringify(result));
}

async function createWithEveryParameter() {
  const port = await freePort();
  await ok('create_network', { name: named('all') });
  const dotfiles = repository('dotfiles', { 'install.sh': 'echo ran > ~/dotfiles-ran\n' });
  const made = await ok('create', { name: named('env'), image: tools, purpose: 'python', workdir: '/workspace',
    mounts: [{ host: work, container: '/data', mode: 'ro' }], mount_cwd: true, ports: [{ host: port, container: 80 }],
    env: { MY_VAR: 'value' }, env_passthrough: 'auto', forward_git: true, forward_gh: true, forward_ssh: false,
    dotfiles_repo: dotfiles, dotfiles_script: 'install.sh', dotfiles_branch: 'main', dotfiles_target: '~/.dotfiles',
    dotfiles_inline: { '.never': 'the repository wins' }, dotfiles_skip: false,
    setup_commands: ['echo one > ~/one', 'test -f data.csv'], memory_limit: '2g', cpu_limit: 2.0, gpu: false,
    network: named('all'), persistent: false });
  assert.deepEqual(Object.keys(statuses(made)), ['env_passthrough', 'forward_git', 'forward_gh', 'forward_ssh', 'dotfiles',
    'purpose', 'setup_commands']);
  assert.deepEqual(Object.values(statuses(made)), ['success', 'success', 'success', 'skipped', 'success', 'success', 'success'],
    JSON.stringify(made.provisioning_report));
  assert.equal(await says(named('env'), 'echo $MY_VAR $OPENAI_API_KEY $GH_TOKEN ${FOO-none}; cat ~/one ~/dotfiles-ran; ' +
    'git config user.name; ls -d ~/.dotfiles/install.sh /data/data.csv | wc -l; touch /data/x 2>/dev/null || echo read-only'),
    'value key-of-the-host gho_of-the-host none\none\nran\nGuide\n2\nread-only');
  const host = inspected(named('env')).HostConfig;
  assert.deepEqual([host.CapDrop, host.SecurityOpt, host.Memory, host.PidsLimit, host.NanoCpus, host.NetworkMode],
    [['ALL'], ['no-new-privileges'], 2 ** 31, 256, 2e9, named('all')]);
  assert.deepEqual(host.PortBindings['80/tcp'], [{ HostIp: '127.0.0.1', HostPort: String(port) }]);
}

async function defaults() {
  const made = await ok('create');
  assert.match(made.container, /^cai-box-[0-9a-f]{6}$/);
  const { HostConfig: host, Config: config } = inspected(made.container);
  assert.deepEqual([host.Memory, host.PidsLimit, host.NetworkMode, config.WorkingDir], [2 ** 32, 256, 'bridge', '/workspace']);
  assert.equal(await says(made.container, 'cat data.csv; echo $OPENAI_API_KEY'), 'a,b\n1,2\nkey-of-the-host');
  await ok('destroy', { container: made.container, force: false });
}

async function execAndHint() {
  const box = named('env');
  assert.deepEqual(await ok('exec', { container: box, command: 'cd /workspace && echo out && echo err >&2 && exit 3', timeout: 300 }),
    { returncode: 3, stdout: 'out\n', stderr: 'err\n', timed_out: false });
  const slow = await ok('exec', { container: box, command: 'echo early; sleep 77', timeout: 1 });
  assert.deepEqual([slow.timed_out, slow.stdout], [true, 'early\n']);
  const hint = await ok('exec_interactive_hint', { container: box });
  assert.equal(hint.shell, '/bin/bash');
  assert.match(hint.command, new RegExp(`^docker exec -it .*${box} /bin/bash$`));
}

async function listAndStatus() {
  const box = named('env');
  const { containers } = await ok('list');
  assert.ok(containers.some((each) => each.name === box && each.status === 'running' && each.purpose === 'python'));
  const status = await ok('status', { container: box, health_check: true });
  assert.deepEqual([status.running, status.health.healthy], [true, true]);
}

async function copies() {
  const box = named('env');
  await ok('exec', { container: box, command: 'mkdir -p /tmp/results/deep && echo r > /tmp/results/deep/r' });
  await ok('copy_in', { container: box, host_path: join(work, 'data.csv'), container_path: '/tmp/data.csv' });
  await ok('copy_out', { container: box, container_path: '/tmp/results/', host_path: join(work, 'results/') });
  assert.equal(await says(box, 'cat /tmp/data.csv'), 'a,b\n1,2');
  assert.equal(readFileSync(join(work, 'results/deep/r')).toString(), 'r\n');
}

async function snapshots() {
  const name = named('after-setup');
  await ok('exec', { container: named('env'), command: 'echo saved > /opt/saved', as_root: true });
  await ok('snapshot', { container: named('env'), name });
  await ok('restore', { snapshot: name, name: named('env-v2') });
  assert.equal(await says(named('env-v2'), 'cat /opt/saved'), 'saved');
  await ok('destroy', { container: named('env-v2'), force: true });
  await ok('delete_snapshot', { name });
  await fails('restore', { snapshot: name }, /no snapshot/);
}

async function purposes() {
  const probes = { python: 'echo $VIRTUAL_ENV; echo ${PATH%%:*}; ls -d /workspace/.venv', node: 'cat /usr/local/corepack-enabled',
    rust: 'git --version | cut -d" " -f1', go: 'git --version | cut -d" " -f1', general: 'make --version | head -n 1 | cut -d" " -f1-2' };
  const seen = { python: '/workspace/.venv\n/workspace/.venv/bin\n/workspace/.venv', node: 'yarn', rust: 'git', go: 'git', general: 'GNU Make' };
  await Promise.all(Object.keys(probes).map(async (purpose) => {
    const made = await ok('create', { name: named(purpose), purpose, mount_cwd: false });
    assert.deepEqual([made.purpose, statuses(made).purpose], [purpose, 'success']);
    assert.equal(await says(named(purpose), probes[purpose]), seen[purpose]);
    await ok('destroy', { container: named(purpose), force: true });
  }));
  await ok('create', { name: named('clean'), purpose: 'clean', dotfiles_inline: { '.never': 'x' } });
  assert.equal(await says(named('clean'), 'echo ${OPENAI_API_KEY-none}${GH_TOKEN-none}; ls -A ~/.gitconfig ~/.never 2>/dev/null'), 'nonenone');
}

async function tryRepository() {
  const markers = { rust: { 'Cargo.toml': '', 'pyproject.toml': '' }, python: { 'pyproject.toml': '', 'package.json': '{}' },
    node: { 'package.json': '{}', 'go.mod': '' }, go: { 'go.mod': '' } };
  for (const [purpose, files] of Object.entries(markers)) {
    const made = await ok('create', { name: named('try-' + purpose), purpose: 'try-repo', repo_url: repository('for-' + purpose, files) });
    assert.equal(made.purpose, purpose);
    assert.equal(await says(named('try-' + purpose), 'ls /workspace/repo'), Object.keys(files).sort().join('\n'));
    await ok('destroy', { container: named('try-' + purpose), force: true });
  }
}

async function passthrough() {
  const seen = async (mode, words) => {
    const { container } = await ok('create', { env_passthrough: mode, env: { GIVEN: 'given' }, forward_gh: false });
    assert.equal(await says(container, 'echo ${OPENAI_API_KEY-none} ${FOO-none} $GIVEN'), words);
    await ok('destroy', { container, force: true });
  };
  await seen('none', 'none none given');
  await seen(['FOO', 'NOT_THERE'], 'none foo given');
  await fails('create', { name: named('all-of-it'), env_passthrough: 'all' }, /--allow env_all/);
}

async function dotfiles() {
  await ok('create', { name: named('dots'), dotfiles_inline: { '.gitconfig': '[user]\n  name = Test\n  email = test@example.com',
    '.bashrc': "alias ll='ls -la'\nexport EDITOR=vim" } });
  assert.equal(await says(named('dots'), 'cat ~/.gitconfig ~/.bashrc'),
    "[user]\n  name = Test\n  email = test@example.comalias ll='ls -la'\nexport EDITOR=vim");
  const skipped = await ok('create', { name: named('skip'), dotfiles_inline: { '.never': 'x' }, dotfiles_skip: true });
  assert.equal(statuses(skipped).dotfiles, 'skipped');
}

async function serviceStack() {
  const network = named('stack');
  const image = `cai-guide-service-${process.pid}`;
  const context = join(world, 'service');
  mkdirSync(context);
  writeFileSync(join(context, 'Dockerfile'), `FROM ${tools}\nEXPOSE 5432\nCMD ["sh", "-c", ` +
    '"mkdir /www && echo $POSTGRES_PASSWORD > /www/info && cd /www && git init -q . && exec git daemon --export-all --port=5432 /www"]\n');
  docker('build', '-q', '-t', image, context);
  try {
    await ok('create_network', { name: network });
    await ok('create', { name: named('db'), image, env: { POSTGRES_PASSWORD: 'dev' }, network, mount_cwd: false });
    await ok('create', { name: named('cache'), image, network, mount_cwd: false });
    await ok('create', { name: named('app'), purpose: 'python', network, env: { DATABASE_URL: `git://${named('db')}:5432/www` } });
    const up = await ok('wait_healthy', { container: named('app'), health_command: 'git ls-remote $DATABASE_URL', interval: 0.2, retries: 50 });
    assert.equal(up.healthy, true, JSON.stringify(up));
    assert.equal(await says(named('db'), 'cat /www/info'), 'dev');
    assert.equal(await says(named('app'), `git ls-remote git://${named('cache')}:5432/www && echo reached`), 'reached');
    await fails('destroy_network', { name: network }, /is used by/);
  } finally {
    for (const box of ['db', 'cache', 'app']) await call('destroy', { container: named(box), force: true });
    docker('rmi', image);
  }
  await ok('destroy_network', { name: network });
}

async function sideBySide() {
  await Promise.all([1, 2, 3].map((n) => ok('create', { name: named('task-' + n), purpose: 'python', mount_cwd: false })));
  await says(named('task-1'), 'touch /tmp/only-here');
  assert.equal(await says(named('task-2'), 'ls /tmp/only-here 2>/dev/null; true'), '');
  const agents = [named('agent-a'), named('agent-b')];
  await Promise.all(agents.map((name) => ok('create', { name, purpose: 'amplifier', env_passthrough: 'auto' })));
  const said = await Promise.all(agents.map((container) =>
    ok('exec', { container, command: "amplifier run 'refactor the auth module' && cat ~/.amplifier/settings.yaml && echo $OPENAI_API_KEY" })));
  for (const each of said) assert.equal(each.stdout, 'from: host\nkey-of-the-host\n');
}

async function background() {
  const container = named('env');
  const job = await ok('exec_background', { container, command: 'echo begun; sleep 3600' });
  assert.match(job.job_id, /^[0-9a-f]{8}$/);
  assert.equal((await ok('exec_poll', { container, job_id: job.job_id })).running, true);
  assert.equal((await ok('exec_cancel', { container, job_id: job.job_id })).cancelled, true);
  assert.equal((await ok('exec_poll', { container, job_id: job.job_id })).running, false);
}

// The files of docs/mcp.md for editors, with what an editor puts in for its variables, from where it may start servers.
async function setUpFiles() {
  const page = readFileSync(join(toolsContext, '../../../docs/mcp.md')).toString();
  const files = [...page.matchAll(/```json\n([^]*?)```/g)].map((block) => JSON.parse(block[1].replaceAll('${workspaceFolder}', work)));
  assert.equal(files.length, 2);
  for (const file of files) {
    const { command, args, cwd = '/' } = (file.servers ?? file.mcpServers).containers;
    const editor = await connected({ command, args, cwd });
    const made = await editor.callTool({ name: 'containers', arguments: { operation: 'create', setup_commands: ['test -f data.csv'] } });
    assert.deepEqual(statuses(made.structuredContent).setup_commands, 'success', JSON.stringify(made));
    await editor.close();
  }
}

async function troubleshooting() {
  const box = named('env');
  await fails('create', { name: named('none'), image: '127.0.0.1:1/no/such' }, /127\.0\.0\.1:1\/no\/such.*name another/);
  assert.equal(await says(box, 'echo hello'), 'hello');
  assert.match(await says(box, 'which sh'), /sh$/);
  assert.notEqual(await says(box, 'echo $GH_TOKEN'), '');
  const made = await ok('create', { name: named('wrong-url'), purpose: 'general', dotfiles_repo: join(world, 'no-such-repository') });
  const step = made.provisioning_report.find((each) => each.name === 'dotfiles');
  assert.equal(step.status, 'failed');
  assert.match(step.error, /no-such-repository is no repository/);
  await fails('destroy_all', {}, /confirm/);
  const gone = await ok('destroy_all', { confirm: true });
  assert.ok(gone.destroyed >= 5 && gone.results.every((each) => each.success), JSON.stringify(gone));
  assert.equal((await ok('list')).count, 0);
}

try {
  for (const part of [preflight, createWithEveryParameter, defaults, execAndHint, listAndStatus, copies, snapshots, purposes,
    tryRepository, passthrough, dotfiles, serviceStack, sideBySide, background, setUpFiles, troubleshooting]) {
    const start = Date.now();
    await part();
    console.log(`${part.name}: ${Date.now() - start} ms`);
  }
} finally {
  await client.close();
  rmSync(world, { recursive: true, force: true });
}
for (let i = 0; i < 300 && docker('ps', '-aq', '--filter', `name=${id}`) !== ''; ++i)
  await new Promise((resolve) => setTimeout(resolve, 100));
assert.equal(docker('ps', '-aq', '--filter', `name=${id}`), '', 'the boxes went with their session');
assert.equal(exists('network', named('all')), false, 'and their network');
console.log('the guide works from its first operation to its last row');
