/** Photos, a spoken sentence and keeping a visit: what goes wrong is said, and nothing typed is lost. */
import { NoRoom, type Captured } from '@shared/offline/outbox'
import { NoPicture, photo } from '@shared/offline/photos'
import { computed, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'

export function useKeeping() {
  const { t } = useI18n()
  const files = shallowRef<Captured[]>([])
  const busy = ref(false)
  const says = ref('')
  const trouble = shallowRef<unknown>(null)
  const of = (role: Captured['role']) => files.value.filter((one) => one.role === role).length

  async function shoot(taken: Blob): Promise<void> {
    says.value = ''
    busy.value = true
    try {
      files.value = [...files.value, ...(await photo(taken, of('small') + 1))]
    } catch (fault) {
      if (!(fault instanceof NoPicture)) throw fault
      says.value = t('grid.visit.no_picture')
    } finally {
      busy.value = false
    }
  }
  function hear(spoken: Blob): void {
    files.value = [...files.value, { role: 'voice', group: null, content: spoken }]
  }

  /** True once all of it stands on the phone. */
  async function keep(write: (files: Captured[]) => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    trouble.value = null
    says.value = ''
    try {
      await write(files.value)
      return true
    } catch (fault) {
      if (fault instanceof NoRoom) says.value = t('grid.visit.full')
      else trouble.value = fault
      return false
    } finally {
      busy.value = false
    }
  }
  return {
    busy,
    says,
    trouble,
    shoot,
    hear,
    keep,
    photos: computed(() => of('small')),
    voices: computed(() => of('voice')),
  }
}
