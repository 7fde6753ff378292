/** A person who logs in, as server/api/README.md describes it. */
export interface User {
  id: string;
  name: string;
  role: string;
  projects: string[];
  created_ms: number | null;
  last_login_ms: number | null;
  disabled: boolean;
  sessions: number;
}

export const roles = [
  ['read', 'may look, not change'], ['edit', 'may change alarms, dashboards and checks'], ['admin', 'may do everything'],
] as const;

export const firstUser = 'admin';

export const projectsText = (projects: string[]): string =>
  (projects.includes('*') ? 'all' : projects.length > 0 ? projects.join(', ') : 'none, they are gone');
