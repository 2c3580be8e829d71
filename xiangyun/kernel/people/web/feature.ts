import { ChartNoAxesColumn, Copy, Inbox, UsersRound } from '@lucide/vue'
import type { Feature } from '@shared/feature'
import { useOpenRequests } from './useOpenRequests'

const HOMES = () => import('./desk/HomesPage.vue')

export default {
  id: 'people',
  title: 'people.title',
  desk: {
    routes: [
      { path: '/homes/:id?', component: HOMES, meta: { title: 'people.title' } },
      {
        path: '/people/figures/:area?',
        component: () => import('./desk/FiguresPage.vue'),
        meta: { title: 'people.desk.figures' },
      },
      {
        path: '/people/counted',
        component: () => import('./desk/CountedPage.vue'),
        meta: { title: 'people.desk.counted', rail: '/people/figures' },
      },
      {
        path: '/people/duplicates',
        component: () => import('./desk/DuplicatesPage.vue'),
        meta: { title: 'people.desk.duplicates' },
      },
      {
        path: '/people/merge',
        component: () => import('./desk/MergePage.vue'),
        meta: { title: 'people.desk.merge', rail: '/people/duplicates' },
      },
      {
        path: '/people/requests/:id?',
        component: () => import('./desk/RequestsPage.vue'),
        meta: { title: 'people.desk.requests' },
      },
      {
        path: '/people/notices',
        component: () => import('./desk/NoticesPage.vue'),
        meta: { title: 'people.desk.notices', rail: '/people/requests' },
      },
      { path: '/people/:person', component: HOMES, meta: { title: 'people.desk.person', rail: '/homes' } },
    ],
    rail: [
      {
        to: '/homes',
        title: 'people.title',
        icon: UsersRound,
        group: 'register',
        order: 1,
        needs: 'people.see_home',
        goto: 'r',
      },
      {
        to: '/people/figures',
        title: 'people.desk.figures',
        icon: ChartNoAxesColumn,
        group: 'register',
        order: 2,
        needs: 'people.see_figures',
        goto: 'n',
      },
      {
        to: '/people/duplicates',
        title: 'people.desk.duplicates',
        icon: Copy,
        group: 'register',
        order: 3,
        needs: 'people.merge_rows',
      },
      {
        to: '/people/requests',
        title: 'people.desk.requests',
        icon: Inbox,
        group: 'register',
        order: 4,
        needs: 'people.answer_request',
        count: useOpenRequests,
      },
    ],
    opens: { household: (id) => `/homes/${id}`, resident: (id) => `/people/${id}` },
  },
  app: {
    routes: [
      {
        path: '/homes',
        component: () => import('./app/KeptHomesPage.vue'),
        meta: { title: 'people.app.kept' },
      },
      {
        path: '/homes/new',
        component: () => import('./app/NewHomePage.vue'),
        meta: { title: 'people.app.new_home' },
      },
      {
        path: '/homes/:id',
        component: () => import('./app/KeptHomePage.vue'),
        meta: { title: 'people.app.kept' },
      },
      {
        path: '/record/:id',
        component: () => import('./app/RecordPage.vue'),
        meta: { title: 'people.app.record' },
      },
      {
        path: '/record/:id/looks',
        component: () => import('./app/LooksPage.vue'),
        meta: { title: 'people.app.looks' },
      },
      {
        path: '/record/:id/consents',
        component: () => import('./app/ConsentsPage.vue'),
        meta: { title: 'people.app.consents' },
      },
      {
        path: '/record/:id/ask',
        component: () => import('./app/AskPage.vue'),
        meta: { title: 'people.app.ask' },
      },
    ],
    me: [{ id: 'record', order: 10, component: () => import('./app/RecordsSection.vue') }],
  },
} satisfies Feature
