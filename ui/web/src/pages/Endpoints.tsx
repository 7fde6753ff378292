import { path } from '../lib/router';
import { EndpointList } from './endpoints/EndpointList';
import { EndpointPage } from './endpoints/EndpointPage';
import { endpointAt } from './endpoints/address';
import { Lost } from './Lost';

/** Where the time of requests goes, route by route. */
export function Endpoints() {
  if (path.value === '/endpoints') return <EndpointList />;
  const at = endpointAt(path.value);
  return at ? <EndpointPage key={`${at.method} ${at.route}`} {...at} /> : <Lost />;
}
