import alarms from './alarms.md';
import backup from './backup.md';
import channels from './channels.md';
import checks from './checks.md';
import commandLine from './command-line.md';
import configuration from './configuration.md';
import costs from './costs.md';
import dashboards from './dashboards.md';
import data from './data.md';
import explore from './explore.md';
import influx from './influx.md';
import limits from './limits.md';
import metrics from './metrics.md';
import opentelemetry from './opentelemetry.md';
import postgresql from './postgresql.md';
import privacy from './privacy.md';
import prometheus from './prometheus.md';
import promql from './promql.md';
import retention from './retention.md';
import send from './send.md';
import shortcuts from './shortcuts.md';
import start from './start.md';
import statsd from './statsd.md';
import statusPages from './status-pages.md';
import tls from './tls.md';
import troubleshooting from './troubleshooting.md';
import users from './users.md';
import type { Guide } from './types';

export interface Chapter { name: string; pages: Guide[] }

export const chapters: Chapter[] = [
  { name: 'Begin', pages: [start, send, troubleshooting, shortcuts] },
  { name: 'Send', pages: [prometheus, opentelemetry, influx, statsd, metrics, limits] },
  { name: 'Look', pages: [explore, promql, dashboards, costs] },
  { name: 'Be told', pages: [alarms, channels, checks, statusPages] },
  { name: 'Keep', pages: [data, retention, backup, privacy] },
  { name: 'Run', pages: [users, tls, postgresql, configuration, commandLine] },
];

export const guides: Guide[] = chapters.flatMap(({ pages }) => pages);
export const guideOf = (id: string): Guide | undefined => guides.find((guide) => guide.id === id);

/** Pages that are made otherwise. */
export const apiPage = { id: 'api', title: 'API reference' };
