import {
  ArrowRightLeft,
  CalendarCheck,
  CalendarClock,
  CalendarDays,
  Hourglass,
  Inbox,
  Waypoints,
} from '@lucide/vue'
import type { Feature } from '@shared/feature'
import { useInboxCount } from './useInbox'
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
      {
        path: '/matters/:id',
        component: () => import('./desk/MatterPage.vue'),
        meta: { title: 'workflow.title', rail: '/work' },
      },
      { path: '/duty', component: () => import('./desk/DutyPage.vue'), meta: { title: 'workflow.duty' } },
      {
        path: '/routes/:id?',
        component: () => import('./desk/RoutesPage.vue'),
        meta: { title: 'workflow.route.title' },
      },
      {
        path: '/limits/:id?',
        component: () => import('./desk/LimitsPage.vue'),
        meta: { title: 'workflow.limit.title' },
      },
      {
        path: '/calendar/:year?',
        component: () => import('./desk/CalendarPage.vue'),
        meta: { title: 'workflow.calendar.title' },
      },
      {
        path: '/stand_ins/:what?',
        component: () => import('./desk/StandInsPage.vue'),
        meta: { title: 'workflow.stand_in.title' },
      },
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
        count: useInboxCount,
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
      {
        to: '/routes',
        title: 'workflow.route.title',
        icon: Waypoints,
        group: 'settings',
        order: 10,
        needs: 'workflow.set_routes',
      },
      {
        to: '/limits',
        title: 'workflow.limit.title',
        icon: Hourglass,
        group: 'settings',
        order: 11,
        needs: 'workflow.set_rules',
      },
      {
        to: '/calendar',
        title: 'workflow.calendar.title',
        icon: CalendarDays,
        group: 'settings',
        order: 12,
        needs: 'workflow.set_routes',
      },
      {
        to: '/stand_ins',
        title: 'workflow.stand_in.title',
        icon: ArrowRightLeft,
        group: 'settings',
        order: 13,
        needs: 'workflow.handle_matter',
      },
    ],
    opens: { matter: (id) => `/matters/${id}` },
  },
  app: {
    routes: [
      {
        path: '/work',
        component: () => import('./app/TodayPage.vue'),
        meta: { title: 'workflow.app.today' },
      },
      {
        path: '/work/:id',
        component: () => import('./app/WorkPage.vue'),
        meta: { title: 'workflow.app.today' },
      },
    ],
    tabs: [
      {
        to: '/work',
        title: 'workflow.app.today',
        icon: CalendarCheck,
        order: 5,
        needs: 'workflow.see_work',
        count: useMyWorkCount,
      },
    ],
    home: [
      {
        id: 'waiting',
        order: 40,
        needs: 'workflow.see_work',
        component: () => import('./app/home/WaitingCard.vue'),
      },
    ],
    village: [
      { id: 'duty', order: 20, needs: 'workflow.see_duty', component: () => import('./app/DutyPanel.vue') },
    ],
    thumb: [
      {
        id: 'call-duty',
        order: 10,
        needs: 'workflow.see_work',
        component: () => import('./app/home/CallDuty.vue'),
      },
    ],
  },
  screen: {
    panels: {
      left: [{ id: 'incidents', order: 10, component: () => import('./screen/IncidentLane.vue') }],
      right: [{ id: 'dispatch', order: 10, component: () => import('./screen/DispatchLane.vue') }],
      map: [{ id: 'work', needs: 'workflow.see_work', component: () => import('./screen/WorkLayer.vue') }],
      duty: [
        { id: 'officers', needs: 'workflow.see_duty', component: () => import('./screen/DutyOfficers.vue') },
      ],
    },
  },
} satisfies Feature
