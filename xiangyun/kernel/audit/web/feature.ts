import { ScrollText } from '@lucide/vue'
import type { Feature } from '@shared/feature'

export default {
  id: 'audit',
  title: 'audit.title',
  desk: {
    routes: [
      { path: '/audit', component: () => import('./desk/AuditPage.vue'), meta: { title: 'audit.title' } },
    ],
    rail: [
      {
        to: '/audit',
        title: 'audit.title',
        icon: ScrollText,
        group: 'settings',
        order: 50,
        needs: 'audit.see_entry',
        goto: 't',
      },
    ],
  },
} satisfies Feature
