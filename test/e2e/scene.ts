// A believable day: who is on the server, and who wrote what to whom when. For pictures of the page.

/** Somebody, by the name that the texts use. */
export interface Actor {
  readonly key: string
  readonly name: string
}

/** One message; `at` is minutes before now. */
export interface Said {
  readonly from: string
  readonly to: string
  readonly at: number
  readonly text: string
}

/** Everybody and everything. `me` is who looks at the page, `friend` the conversation that is shown. */
export interface Scene {
  readonly actors: readonly Actor[]
  readonly said: readonly Said[]
  readonly me: string
  readonly friend: string
  /** Somebody who is here and has never been written to. */
  readonly stranger: string
  /** What is written while there is no line. */
  readonly unsent: string
}

const hour = 60
const day = 24 * hour

const english: Scene = {
  me: 'mira',
  friend: 'jonas',
  stranger: 'theo',
  unsent: 'Train just left, no signal in the tunnel. See you on the platform!',
  actors: [
    { key: 'mira', name: 'Mira Novak' },
    { key: 'jonas', name: 'Jonas Weber' },
    { key: 'amara', name: 'Amara Okafor' },
    { key: 'lucia', name: 'Lucía Fernández' },
    { key: 'kenji', name: 'Kenji' },
    { key: 'priya', name: 'Priya Raman' },
    { key: 'max', name: 'Maximiliane Freifrau von Hohenlohe-Berg' },
    { key: 'theo', name: 'Theo' },
    { key: 'xiao', name: '王小明' },
  ],
  said: [
    {
      from: 'max',
      to: 'mira',
      at: 6 * day,
      text: 'The minutes of the assembly are in the shared folder, together with everything we voted on.',
    },
    { from: 'kenji', to: 'mira', at: 3 * day, text: 'Thanks for the ride! 🙏' },
    { from: 'xiao', to: 'mira', at: day + 3 * hour, text: '周末一起去爬山吗？' },
    { from: 'priya', to: 'mira', at: day + 2 * hour, text: 'Did the new build fix it for you?' },
    { from: 'mira', to: 'priya', at: day + hour, text: 'Yes, works like a charm' },
    { from: 'jonas', to: 'mira', at: day + 90, text: 'Are we still on for Saturday?' },
    { from: 'mira', to: 'jonas', at: day + 86, text: 'Absolutely. I was thinking the lake, if the weather holds' },
    { from: 'mira', to: 'jonas', at: day + 85, text: 'Otherwise the museum has late opening hours' },
    { from: 'jonas', to: 'mira', at: day + 80, text: '👍' },
    { from: 'jonas', to: 'mira', at: 52, text: 'Good morning! The forecast says sun from ten o’clock.' },
    { from: 'jonas', to: 'mira', at: 51, text: 'Here is the trail I meant: https://example.org/trails/north-shore' },
    { from: 'mira', to: 'jonas', at: 46, text: 'That looks lovely. How long is it?' },
    {
      from: 'jonas',
      to: 'mira',
      at: 44,
      text: 'About 11 km, mostly flat. There is a café halfway with the best plum cake in the whole region, so we should plan a proper break there.',
    },
    { from: 'mira', to: 'jonas', at: 41, text: 'Sold.' },
    { from: 'mira', to: 'jonas', at: 40, text: 'I’ll bring coffee and the big blanket. Could you take the camera?' },
    { from: 'amara', to: 'mira', at: 30, text: 'Can you look over the invitation before I send it out?' },
    { from: 'amara', to: 'mira', at: 29, text: 'I changed the second paragraph' },
    { from: 'lucia', to: 'mira', at: 12, text: '¡Feliz cumpleaños! 🎉' },
    { from: 'jonas', to: 'mira', at: 4, text: 'Camera is packed 📷 Meet you at the station at 9:40?' },
    { from: 'mira', to: 'jonas', at: 3, text: 'Perfect, see you there!' },
  ],
}

const chinese: Scene = {
  me: 'mira',
  friend: 'jonas',
  stranger: 'theo',
  unsent: '刚进隧道没信号，站台上见！',
  actors: [
    { key: 'mira', name: '林晓雨' },
    { key: 'jonas', name: '陈浩' },
    { key: 'amara', name: '张雅婷' },
    { key: 'lucia', name: '欧阳若曦' },
    { key: 'kenji', name: '刘洋' },
    { key: 'priya', name: 'Emma Wilson' },
    { key: 'max', name: '阿卜杜热合曼·艾力江·麦麦提明' },
    { key: 'theo', name: '小鹿' },
    { key: 'xiao', name: '王小明' },
  ],
  said: [
    { from: 'max', to: 'mira', at: 6 * day, text: '会议纪要已经放到共享文件夹里了，表决结果也在里面。' },
    { from: 'kenji', to: 'mira', at: 3 * day, text: '谢谢你送我回来！🙏' },
    { from: 'xiao', to: 'mira', at: day + 3 * hour, text: '周末一起去爬山吗？' },
    { from: 'priya', to: 'mira', at: day + 2 * hour, text: 'Did the new build fix it for you?' },
    { from: 'mira', to: 'priya', at: day + hour, text: 'Yes, works like a charm' },
    { from: 'jonas', to: 'mira', at: day + 90, text: '周六的计划还算数吗？' },
    { from: 'mira', to: 'jonas', at: day + 86, text: '当然。天气好的话，我想去湖边走走' },
    { from: 'mira', to: 'jonas', at: day + 85, text: '下雨就去博物馆，那天延长开放' },
    { from: 'jonas', to: 'mira', at: day + 80, text: '👍' },
    { from: 'jonas', to: 'mira', at: 52, text: '早上好！预报说十点以后出太阳。' },
    { from: 'jonas', to: 'mira', at: 51, text: '这是我说的那条路线：https://example.org/trails/north-shore' },
    { from: 'mira', to: 'jonas', at: 46, text: '看起来真不错，全程多长？' },
    {
      from: 'jonas',
      to: 'mira',
      at: 44,
      text: '大约十一公里，基本都是平路。半路上有家咖啡馆，李子蛋糕是这一带最好吃的，我们可以在那儿好好歇一歇。',
    },
    { from: 'mira', to: 'jonas', at: 41, text: '就这么定了。' },
    { from: 'mira', to: 'jonas', at: 40, text: '我带咖啡和大毯子，你能带上相机吗？' },
    { from: 'amara', to: 'mira', at: 30, text: '邀请函发出去之前，能帮我看一眼吗？' },
    { from: 'amara', to: 'mira', at: 29, text: '我改了第二段' },
    { from: 'lucia', to: 'mira', at: 12, text: '生日快乐！🎉' },
    { from: 'jonas', to: 'mira', at: 4, text: '相机已经装好了 📷 9:40 车站见？' },
    { from: 'mira', to: 'jonas', at: 3, text: '没问题，到时候见！' },
  ],
}

/** The scenes by language. */
export const scenes = { en: english, zh: chinese } as const

/** A text as somebody pastes it: long, with lines and an address. */
export const longText = `Notes from today, so that nobody has to take any:

1. We move the release to the second week of next month. Everybody agreed that the extra time goes into testing and not into features.
2. The documentation needs a page about backups. https://example.org/a/very/long/address/that/does/not/fit/on/one/line/of/a/telephone/at/all?with=parameters&and=more
3. Averylongwordwithoutanyplacetobreakitbecausesomebodyforgotthespacebarorpastedakeyforatokenfromtheterminal.

${'And then there was a long discussion about names, which came to no end. '.repeat(20)}`
