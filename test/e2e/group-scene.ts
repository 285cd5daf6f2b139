// A group for the pictures, with everything that a message and a group can have.
import type { Scene } from './scene.ts'
import type { Player, Present, Stage } from './stage.ts'

const player = (stage: Stage, key: string): Player => {
  const found = stage.players.get(key)
  if (!found) throw new Error(`nobody is called ${key}`)
  return found
}

const groupTexts = {
  en: {
    name: 'Lake weekend',
    notice: 'Meet at the station, 8:40. Bring a towel and something to grill.',
    lines: [
      ['amara', 'I can bring the big tent'],
      ['lucia', 'And I have two kayaks ☀️'],
      ['kenji', 'Who drives?'],
      ['amara', 'The code for the gate is 4711'],
    ],
    bold: 'Train at 8:40, platform 3',
    answer: 'I do, three seats are free',
    mention: 'and you?',
    note: 'Jonas told me about the weekend',
    remark: 'Kenji (lake)',
  },
  zh: {
    name: '周末爬山',
    notice: '早上 8:40 在地铁站集合，记得带水和防晒。',
    lines: [
      ['amara', '我带大帐篷'],
      ['lucia', '我有两根登山杖 ☀️'],
      ['kenji', '谁开车？'],
      ['amara', '大门的密码是 4711'],
    ],
    bold: '8:40 发车，三站台',
    answer: '我开，还有三个座位',
    mention: '你呢？',
    note: '听朋友说周末去爬山',
    remark: '小健（爬山）',
  },
} as const

let clientIds = 0
const send = (text: string, more: object = {}) => ({ text, clientId: `shot-${++clientIds}`, ...more })

/** A group with everything in it, a contact and two requests. */
export const fillGroup = async (stage: Stage, scene: Scene, language: 'en' | 'zh'): Promise<void> => {
  const words = groupTexts[language]
  const keys = ['amara', 'lucia', 'kenji', 'jonas']
  const players = new Map(keys.map((key) => [key, player(stage, key)]))
  const me = await stage.appear(player(stage, scene.me))
  const others = new Map<string, Present>()
  for (const [key, one] of players) others.set(key, await stage.appear(one))
  const say = (key: string, data: object, to: string) => others.get(key)?.ask('chat.send', data, to)
  const users = [...players.values()].map(({ id }) => id)
  const { id } = (await me.ask('chat.create', { name: words.name, users, notice: words.notice, avatar: 'sign:⛰️:5' })) as { id: string }
  for (const [key, text] of words.lines) await say(key, send(text), id)
  await me.ask('chat.send', send(words.answer, { reply: 4 }), id)
  await say('amara', send(words.bold, { entities: [{ type: 'bold', offset: 0, length: words.bold.length }] }), id)
  const name = player(stage, scene.me).name
  const entities = [{ type: 'mention', offset: 0, length: name.length + 1, user: player(stage, scene.me).id }]
  await say('lucia', send(`@${name} ${words.mention}`, { entities }), id)
  await me.ask('chat.react', { target: 3, emoji: '🎉', clientId: `shot-${++clientIds}` }, id)
  await me.ask('chat.pin', { target: 7, clientId: `shot-${++clientIds}` }, id)
  await me.ask('contacts.request', {}, players.get('kenji')?.id)
  await others.get('kenji')?.ask('contacts.accept', {}, player(stage, scene.me).id)
  await me.ask('contacts.remark', { remark: words.remark }, players.get('kenji')?.id)
  for (const key of ['amara', 'lucia']) await others.get(key)?.ask('contacts.request', { note: words.note }, player(stage, scene.me).id)
  await me.ask('chat.link', { expiresIn: 604_800, uses: 10 }, id)
  for (const one of [me, ...others.values()]) one.leave()
}
