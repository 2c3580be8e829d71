/** The one report that is being made on this phone, across its pages. */
import { useQueryClient } from '@tanstack/vue-query'
import { opId } from '@shared/api/client'
import { Refusal, Unreachable } from '@shared/api/refusal'
import { useSession } from '@shared/session/session'
import { journeyOf, send as sendFile, type Journey } from '@shared/upload/send'
import { hasSignal } from '@shared/offline/line'
import { computed, reactive, ref, shallowRef, toRaw, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { makeReport, type MyReport } from '../api'
import { useCategories } from '../useReports'
import { dropDraft, emptyDraft, keepDraft, readDraft, type Draft, type Shot } from './draft'
import { smaller } from './smaller'

export const MOST_SHOTS = 9
const KEEP_AFTER_MS = 300

const draft = reactive<Draft>(emptyDraft())
const whose = ref('')
const isRead = ref(false)
const sending = ref(false)
/** How many of its files the server has, while it is sent. */
const sentShots = ref(0)
/** The line is broken, it is tried again by itself. */
const waiting = ref(false)
/** Sent, but no answer came: the draft stays, and once more is harmless. */
const unsent = ref(false)
const refusal = shallowRef<unknown>(null)
/** Which of its files the server would not take. */
const badShot = ref<string | null>(null)
/** A phone that can keep nothing: the page says so, and sends all the same. */
const keepsNothing = ref(false)
const journeys = new Map<string, Journey>()
let pending: { asked: string; op: string } | null = null

function forget(): void {
  unsent.value = false
  refusal.value = badShot.value = null
}

/** So that a report can be sealed where there is no signal; a phone that cannot sends it as long as there is one. */
async function readyFor(account: string): Promise<void> {
  await import('./byOutbox').then(({ makeReady }) => makeReady(account)).catch(() => undefined)
}

async function open(account: string): Promise<void> {
  if (whose.value === account) return
  whose.value = account
  isRead.value = false
  Object.assign(draft, emptyDraft())
  forget()
  try {
    const kept = await readDraft(account)
    if (whose.value === account && kept) Object.assign(draft, kept)
  } catch {
    keepsNothing.value = true
  }
  isRead.value = true
}

const plain = (): Draft => ({
  ...toRaw(draft),
  point: draft.point ? [draft.point[0], draft.point[1]] : null,
  home: draft.home ? { ...draft.home } : null,
  plot: draft.plot ? { ...draft.plot } : null,
  shots: draft.shots.map((shot) => ({ ...toRaw(shot) })),
})

export function useDraft() {
  const { t } = useI18n()
  const { session } = useSession()
  const cache = useQueryClient()
  const { named } = useCategories()
  const category = computed(() => named(draft.category))
  if (session.value) {
    void open(session.value.account)
    if (hasSignal()) void readyFor(session.value.account)
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    () => [draft, isRead.value, category.value],
    () => {
      if (!isRead.value) return
      clearTimeout(timer)
      timer = setTimeout(() => {
        // who lives with somebody may hold their phone: what is sealed at the server is kept nowhere here
        const isSecret = category.value?.is_sensitive
        const done = isSecret ? dropDraft(whose.value) : keepDraft(whose.value, plain())
        done.catch(() => (keepsNothing.value = true))
      }, KEEP_AFTER_MS)
    },
    { deep: true },
  )

  async function add(kind: Shot['kind'], files: Iterable<File>): Promise<void> {
    for (const file of files) {
      if (draft.shots.length >= MOST_SHOTS) return
      const kept = kind === 'photo' ? await smaller(file) : file
      draft.shots.push({ key: opId(), kind, file: kept, kept: null })
    }
    forget()
  }
  function remove(key: string): void {
    draft.shots = draft.shots.filter((shot) => shot.key !== key)
    journeys.delete(key)
    forget()
  }

  async function sendShot(shot: Shot): Promise<void> {
    if (!hasSignal()) throw new Unreachable()
    const journey = journeys.get(shot.key) ?? journeyOf(toRaw(shot).file, { kind: shot.kind })
    journeys.set(shot.key, journey)
    try {
      const kept = await sendFile(journey, {
        signal: new AbortController().signal,
        onReceived: () => undefined,
        onWaiting: (isWaiting) => (waiting.value = isWaiting),
      })
      shot.kept = kept.id
    } catch (fault) {
      if (fault instanceof Refusal) {
        journeys.delete(shot.key)
        badShot.value = shot.key
      }
      throw fault
    } finally {
      waiting.value = false
    }
  }

  /** No signal: sealed to the town it waits in the outbox. What is secret is kept nowhere on a phone that others hold. */
  async function keep(id: string): Promise<boolean> {
    if (!category.value || category.value.is_sensitive) return false
    const about = draft.home?.said || draft.place.trim() || category.value.name
    const { name } = category.value
    const shown = {
      category: name,
      ...(draft.home ? { household: draft.home.said } : {}),
      ...(draft.plot ? { plot: draft.plot.said } : {}),
    }
    const said = { id, title: t('grid.app.report_of', { category: name }), about, shown }
    try {
      await (await import('./byOutbox')).keepReport(whose.value, plain(), said)
    } catch {
      return false
    }
    await over()
    return true
  }

  /** It is the server's or the outbox's from now on. */
  async function over(): Promise<void> {
    clearTimeout(timer)
    pending = null
    Object.assign(draft, emptyDraft())
    journeys.clear()
    await dropDraft(whose.value).catch(() => undefined)
  }

  /** All of it, or nothing yet: what did not go through stays as it is, or waits in the outbox (`kept`). */
  async function send(): Promise<MyReport | 'kept' | null> {
    if (sending.value) return null
    forget()
    sending.value = true
    sentShots.value = 0
    try {
      for (const shot of draft.shots) {
        if (!shot.kept) await sendShot(shot)
        sentShots.value++
      }
      const body = {
        category: draft.category,
        words: draft.words.trim(),
        place: draft.place.trim(),
        point: draft.point ? [...draft.point] : null,
        household: draft.home?.id ?? null,
        plot: draft.plot?.id ?? null,
        files: draft.shots.map((shot) => shot.kept),
      }
      const asked = JSON.stringify(body)
      if (pending?.asked !== asked) pending = { asked, op: opId() }
      if (!hasSignal()) throw new Unreachable()
      const made = await makeReport({ ...body, op_id: pending.op })
      await over()
      void cache.invalidateQueries({ queryKey: ['grid'] })
      return made
    } catch (fault) {
      if (fault instanceof Unreachable) {
        if (await keep(pending?.op ?? opId())) return 'kept'
        unsent.value = true
      } else {
        pending = null
        refusal.value = fault
      }
      return null
    } finally {
      sending.value = false
    }
  }

  function drop(): void {
    Object.assign(draft, emptyDraft())
    journeys.clear()
    forget()
  }

  return {
    draft,
    category,
    isRead,
    sending,
    sentShots,
    waiting,
    unsent,
    refusal,
    badShot,
    keepsNothing,
    add,
    remove,
    send,
    drop,
  }
}
