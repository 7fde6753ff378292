import { Today } from '../costs/Today';

/** What language models cost since midnight, by model, and against the line where there is one. */
export const Costs = () => (
  <div class="card cost-card"><header><h2>LLM cost today</h2><span class="grow" /><a class="more" href="/costs">Costs</a></header><Today /></div>
);
