import { useQuery } from '@tanstack/react-query';
import { itemQuery } from '../api/queries';
import { Loaded, Page } from '../ui/basics';
import { useParam } from '../ui/useParam';
import { Review } from './item/Review';

export function ItemPage() {
  const itemId = useParam('itemId');
  const query = useQuery(itemQuery(itemId));
  return (
    <Page title="Item">
      <Loaded query={query}>{(item) => <Review key={item.item_id} item={item} />}</Loaded>
    </Page>
  );
}
