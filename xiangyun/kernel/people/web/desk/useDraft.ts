/** A form saved as it is typed, on this tab alone and for this person alone; sealed facts are not kept. */
import { useSession } from '@shared/session/session'
import { onMounted, reactive, ref, watch } from 'vue'
import { answerOf, isSame, type Answer, type Question } from './questions'

export function useDraft(
  key: string,
  questions: readonly Question[],
  row: Readonly<Record<string, unknown>>,
) {
  const { session } = useSession()
  const at = `people.${session.value?.account ?? ''}.${key}`
  const fresh = () =>
    Object.fromEntries(
      questions.map((one) => [one.name, one.isSealed ? answerOf(one, null) : answerOf(one, row[one.name])]),
    )
  const before = reactive<Record<string, Answer>>(fresh())
  const answers = reactive<Record<string, Answer>>(fresh())
  const isRestored = ref(false)

  onMounted(() => {
    const kept = sessionStorage.getItem(at)
    if (!kept) return
    const told = JSON.parse(kept) as Record<string, Answer>
    for (const { name, isSealed } of questions)
      if (!isSealed && name in told && !isSame(told[name], answers[name])) {
        answers[name] = told[name] ?? ''
        isRestored.value = true
      }
  })
  watch(answers, () => {
    const open = questions.filter(({ name, isSealed }) => !isSealed && !isSame(answers[name], before[name]))
    if (open.length)
      sessionStorage.setItem(
        at,
        JSON.stringify(Object.fromEntries(open.map(({ name }) => [name, answers[name]]))),
      )
    else sessionStorage.removeItem(at)
  })
  function drop(): void {
    sessionStorage.removeItem(at)
  }
  function restart(): void {
    drop()
    Object.assign(answers, { ...before })
    isRestored.value = false
  }
  return { before, answers, isRestored, drop, restart }
}
