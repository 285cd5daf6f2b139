import { expect, test } from 'bun:test'
import { deviceOf } from './device.ts'

const agents = {
  'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0': 'Firefox on Linux',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36': 'Chrome on Windows',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0':
    'Edge on Windows',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15': 'Safari on macOS',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/130.0 Mobile Safari/604.1':
    'Chrome on iPhone',
  'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36': 'Chrome on Android',
  'curl/8.5.0': 'curl/8.5.0',
  'Bun/1.4.5 more': 'Bun/1.4.5',
  '<script>alert(1)</script>': '',
  '\u202eevil': '',
  '': '',
}

for (const [agent, device] of Object.entries(agents)) {
  test(`the agent ${JSON.stringify(agent)} is shown as ${JSON.stringify(device)}`, () => {
    expect(deviceOf(agent)).toBe(device)
  })
}

test('no agent is no device, and an endless one stays short', () => {
  expect(deviceOf(null)).toBe('')
  expect(deviceOf('x'.repeat(10_000)).length).toBe(40)
})
