import { CalendarClock, Inbox } from '@lucide/vue'
import type { Feature } from '@shared/feature'
import { useMyWorkCount } from './useWork'

export default {
  id: 'workflow',
  title: 'workflow.title',
  desk: {
    routes: [
      {
        path: '/work/:id?',
        component: () => import('./desk/WorkPage.vue'),
        meta: { title: 'workflow.title' },
      },
      { path: '/duty', component: () => import('./desk/DutyPage.vue'), meta: { title: 'workflow.duty' } },
    ],
    rail: [
      {
        to: '/work',
        title: 'workflow.title',
        icon: Inbox,
        group: 'main',
        order: 10,
        needs: 'workflow.see_work',
        goto: 'w',
        count: useMyWorkCount,
      },
      {
        to: '/duty',
        title: 'workflow.duty',
        icon: CalendarClock,
        group: 'main',
        order: 30,
        needs: 'workflow.see_duty',
        goto: 'y',
      },
    ],
  },
} satisfies Feature
