import {
  CalendarHeart,
  ChartNoAxesColumn,
  Footprints,
  HandHeart,
  Handshake,
  LayoutGrid,
  ListTree,
  Newspaper,
} from '@lucide/vue'
import type { Feature } from '@shared/feature'
import { useWaitingCount } from './useReports'

export default {
  id: 'grid',
  title: 'grid.title',
  desk: {
    routes: [
      {
        path: '/grid/new',
        component: () => import('./desk/NewReport.vue'),
        meta: { title: 'grid.desk.new' },
      },
      {
        path: '/categories',
        component: () => import('./desk/CategoriesPage.vue'),
        meta: { title: 'grid.desk.categories' },
      },
      {
        path: '/intervals',
        component: () => import('./desk/IntervalsPage.vue'),
        meta: { title: 'grid.interval.title' },
      },
      {
        path: '/published',
        component: () => import('./desk/PublishedPage.vue'),
        meta: { title: 'grid.published' },
      },
      {
        path: '/grid/figures/:area?',
        component: () => import('./desk/FiguresPage.vue'),
        meta: { title: 'grid.figures' },
      },
      {
        path: '/mediations/new',
        component: () => import('./desk/NewMediation.vue'),
        meta: { title: 'grid.mediate.new', rail: '/mediations' },
      },
      {
        path: '/mediations/:id?',
        component: () => import('./desk/MediationsPage.vue'),
        meta: { title: 'grid.mediate.title' },
      },
      {
        path: '/monitoring/new',
        component: () => import('./desk/NewMonitoring.vue'),
        meta: { title: 'grid.monitor.new', rail: '/monitoring' },
      },
      {
        path: '/monitoring/:id?',
        component: () => import('./desk/MonitoringPage.vue'),
        meta: { title: 'grid.monitor.title' },
      },
      {
        path: '/visits/:id?',
        component: () => import('./desk/VisitsPage.vue'),
        meta: { title: 'grid.visit.title' },
      },
      {
        path: '/grid/:id?',
        component: () => import('./desk/ReportsPage.vue'),
        meta: { title: 'grid.title' },
      },
    ],
    rail: [
      {
        to: '/grid',
        title: 'grid.title',
        icon: LayoutGrid,
        group: 'platform',
        order: 30,
        needs: 'grid.see_report',
        goto: 'b',
        count: useWaitingCount,
      },
      {
        to: '/grid/figures',
        title: 'grid.figures',
        icon: ChartNoAxesColumn,
        group: 'platform',
        order: 31,
        needs: 'grid.see_report',
      },
      {
        to: '/mediations',
        title: 'grid.mediate.title',
        icon: Handshake,
        group: 'platform',
        order: 30.2,
        needs: 'grid.see_mediation',
      },
      {
        to: '/monitoring',
        title: 'grid.monitor.title',
        icon: HandHeart,
        group: 'platform',
        order: 30.4,
        needs: 'grid.read_monitoring',
      },
      {
        to: '/visits',
        title: 'grid.visit.title',
        icon: Footprints,
        group: 'platform',
        order: 30.5,
        needs: 'grid.see_visit',
      },
      {
        to: '/published',
        title: 'grid.published',
        icon: Newspaper,
        group: 'platform',
        order: 32,
        needs: 'grid.see_published',
      },
      {
        to: '/categories',
        title: 'grid.desk.categories',
        icon: ListTree,
        group: 'settings',
        order: 40,
        needs: 'grid.set_categories',
      },
      {
        to: '/intervals',
        title: 'grid.interval.title',
        icon: CalendarHeart,
        group: 'settings',
        order: 41,
        needs: 'grid.set_visit_interval',
      },
    ],
    opens: {
      report: (id) => `/grid/${id}`,
      mediation: (id) => `/mediations/${id}`,
      monitoring: (id) => `/monitoring/${id}`,
      visit: () => '/visits',
    },
  },
  app: {
    routes: [
      { path: '/report', component: () => import('./app/WhatPage.vue'), meta: { title: 'grid.app.report' } },
      {
        path: '/report/tell',
        component: () => import('./app/TellPage.vue'),
        meta: { title: 'grid.app.report' },
      },
      {
        path: '/report/where',
        component: () => import('./app/WherePage.vue'),
        meta: { title: 'grid.app.report' },
      },
      {
        path: '/reports',
        component: () => import('./app/MyReportsPage.vue'),
        meta: { title: 'grid.app.mine' },
      },
      {
        path: '/reports/:id',
        component: () => import('./app/MyReportPage.vue'),
        meta: { title: 'grid.app.mine' },
      },
      {
        path: '/published',
        component: () => import('./app/PublishedPage.vue'),
        meta: { title: 'grid.published' },
      },
      {
        path: '/board/:area',
        component: () => import('./app/BoardPage.vue'),
        meta: { title: 'grid.published', isPublic: true },
      },
      {
        path: '/visits',
        component: () => import('./app/visits/VisitsPage.vue'),
        meta: { title: 'grid.visit.title' },
      },
      {
        path: '/visits/:home',
        component: () => import('./app/visits/VisitPage.vue'),
        meta: { title: 'grid.visit.title' },
      },
      {
        path: '/mediations',
        component: () => import('./app/mediations/MediationsPage.vue'),
        meta: { title: 'grid.mediate.title' },
      },
      {
        path: '/mediations/:id',
        component: () => import('./app/mediations/MediationPage.vue'),
        meta: { title: 'grid.mediate.title' },
      },
      { path: '/grid', component: () => import('./app/GridPage.vue'), meta: { title: 'grid.app.grid' } },
      {
        path: '/grid/:id',
        component: () => import('./app/ReportPage.vue'),
        meta: { title: 'grid.app.grid' },
      },
    ],
    home: [
      {
        id: 'report',
        order: 30,
        needs: 'grid.make_report',
        component: () => import('./app/home/ReportCard.vue'),
      },
    ],
    village: [
      {
        id: 'visits',
        order: 4,
        mode: 'plain',
        needs: 'grid.visit_home',
        component: () => import('./app/visits/VisitsDoor.vue'),
      },
      {
        id: 'grid',
        order: 5,
        mode: 'plain',
        needs: 'grid.verify_report',
        component: () => import('./app/GridDoor.vue'),
      },
      {
        id: 'mediations',
        order: 6,
        mode: 'plain',
        needs: 'grid.mediate',
        component: () => import('./app/mediations/MediationsDoor.vue'),
      },
      {
        id: 'published',
        order: 30,
        needs: 'grid.see_published',
        component: () => import('./app/PublishedPanel.vue'),
      },
    ],
    me: [
      {
        id: 'my-reports',
        order: 20,
        needs: 'grid.make_report',
        component: () => import('./app/MinePanel.vue'),
      },
    ],
    thumb: [
      {
        id: 'report',
        order: 1,
        mode: 'plain',
        needs: 'grid.make_report',
        component: () => import('./app/ReportThumb.vue'),
      },
    ],
    opens: {
      report: (id) => `/grid/${id}`,
      mediation: (id) => `/mediations/${id}`,
      visit: () => '/visits',
    },
  },
  screen: { board: () => import('./screen/GridBoard.vue') },
} satisfies Feature
