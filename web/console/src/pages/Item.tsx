import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { itemQuery } from '../api/queries';
import { Loaded, Page } from '../ui/basics';
import { Review } from './item/Review';

const kItemRoute = getRouteApi('/items/$itemId');

export function ItemPage() {
  const { itemId } = kItemRoute.useParams();
  const query = useQuery(itemQuery(itemId));
  return (
    <Page title="Item">
      <Loaded query={query}>{(item) => <Review key={item.item_id} item={item} />}</Loaded>
    </Page>
  );
}
