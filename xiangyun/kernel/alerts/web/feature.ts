import { BellRing } from '@lucide/vue'
import type { Feature } from '@shared/feature'

export default {
  id: 'alerts',
  title: 'alerts.title',
  desk: {
    routes: [
      {
        path: '/alerts/:id?',
        component: () => import('./desk/AlertsPage.vue'),
        meta: { title: 'alerts.title' },
      },
      {
        path: '/alert-rules',
        component: () => import('./desk/RulesPage.vue'),
        meta: { title: 'alerts.desk.rules', rail: '/alerts' },
      },
    ],
    rail: [
      {
        to: '/alerts',
        title: 'alerts.title',
        icon: BellRing,
        group: 'main',
        order: 20,
        needs: 'alerts.see_alert',
        goto: 'a',
      },
    ],
  },
} satisfies Feature
