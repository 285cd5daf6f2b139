import { client, isNetworkDown, line, secondsToRetry, welcome } from '../state/connection.ts'
import { type LineContext, lineNotice, lineStatus } from '../state/line-status.ts'
import { texts } from '../state/settings.ts'

const context = (): LineContext => ({
  isNetworkDown: isNetworkDown.value,
  wasOnline: welcome.value !== undefined,
  seconds: secondsToRetry.value,
})

const act = (does: 'retry' | 'start'): void => {
  if (does === 'retry') client.peek()?.retryNow()
  else client.peek()?.start()
}

/** The bar at the top while nothing gets through. Its countdown is seen and not read aloud. */
export const LineBar = () => {
  const notice = lineNotice(line.value, context(), texts.value)
  return (
    <div class={`line-bar ${notice ? 'line-bar--shown' : ''}`}>
      <div class="line-bar__inner">
        <span role="status">{notice?.text}</span>
        {notice?.detail && <span aria-hidden="true">{notice.detail}</span>}
        {notice?.action && (
          <button class="line-bar__action" type="button" onClick={() => notice.action && act(notice.action.does)}>
            {notice.action.label}
          </button>
        )}
      </div>
    </div>
  )
}

/** The dot and the word beside one's own name. */
export const LineStatusText = () => {
  const { tone, text } = lineStatus(line.value, context(), texts.value)
  return (
    <span class={`status status--${tone}`} data-line={line.value.kind}>
      <span class="status__dot" aria-hidden="true" />
      {text}
    </span>
  )
}
