import { protect } from '../../guard';

export default protect((_event, auth) => ({ sub: auth?.claims.sub ?? null }));
